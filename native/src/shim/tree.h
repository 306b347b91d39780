// A process with its session and every descendant, found by one scan of /proc.
#ifndef CARAFE_TREE_H
#define CARAFE_TREE_H

#include <sys/types.h>

// Kills (SIGKILL) root, everything in the session that root leads, and every descendant of either, as seen just before the first kill.
void tree_kill(pid_t root);

#endif
