// OOM kills as the kernel counts them: memory.events of cgroup v2 (key oom_kill) or memory.oom_control of v1 (the same key).
#ifndef CARAFE_OOM_H
#define CARAFE_OOM_H

#include "proc.h"

// Opens the counter before the process goes, reads its base and watches it. 0, or -1 with errno.
int oom_open(struct proc *p, const char *path);
// Reads the counter once more (a vanished cgroup leaves the last value) and sets oom_kills; sends the event when it grew.
void oom_update(struct proc *p);
void oom_close(struct proc *p);

#endif
