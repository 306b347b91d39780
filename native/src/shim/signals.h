// Signals to one process, and to all of a container's cgroups.
#ifndef CARAFE_SIGNALS_H
#define CARAFE_SIGNALS_H

#include "proc.h"

void signals_request(const struct ticket *t, const char *id, uint32_t sig, bool all);

// Signals every process of p's cgroups in a child of its own, since freezing takes time; c->done gets 0 or an errno. SIGKILL also waits until they are empty.
// 0, or -1 with errno.
int signals_cgroup_child(struct child *c, const struct proc *p, int sig);

#endif
