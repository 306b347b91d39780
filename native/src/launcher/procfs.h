// A procfs that no container has touched: every write to /proc/sys and /proc/self/attr goes through it, so that a mount over /proc can't divert one.
#ifndef CARAFE_PROCFS_H
#define CARAFE_PROCFS_H

#include "launch.h"

// Its root directory, opened at the first call and kept.
int procfs_get(struct launch *l);

// Opens a file below it, neither over links nor over mounts. flags as for open(2).
int procfs_open(struct launch *l, const char *path, int flags);

// Writes one /proc/sys key ("net.ipv4.ip_forward" or "net/ipv4/conf/eth0.1/forwarding").
int procfs_sysctl(struct launch *l, const char *key, const char *value);

// Our process id as that procfs sees it, or -1.
pid_t procfs_self(struct launch *l);

#endif
