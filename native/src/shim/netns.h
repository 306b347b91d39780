// What a child does to stand in a network namespace.
#ifndef CARAFE_NETNS_H
#define CARAFE_NETNS_H

// Enters the network namespace that this file is. Only in a child. -1 with errno; EINVAL when the file is no network namespace.
int netns_enter(const char *path);

#endif
