// What /proc/PID/cmdline says of this process and of those that are forked from it. Everybody in a process's pid namespace may read that file, so nothing of the host may stand there.
#ifndef CARAFE_TITLE_H
#define CARAFE_TITLE_H

// Remembers where the kernel reads the command line: main's own arguments. Before it, title_set does nothing.
void title_init(int argc, char **argv);

// Overwrites the whole command line, whose strings are then gone, with these words ("" leaves the second one out). What is longer than the old one is cut.
void title_set(const char *name, const char *id);

#endif
