// Other processes, named by pid and start time, so that a pid used again is never taken for the old one.
#ifndef CARAFE_FRONT_PROCS_H
#define CARAFE_FRONT_PROCS_H

#include <stdint.h>
#include <sys/types.h>

// A pidfd of the process that started then (field 22 of /proc/PID/stat): -1 with ESRCH when it is gone or another one.
int process_open(pid_t pid, uint64_t start);

// Sends a signal: 0 or an error number.
int process_kill(pid_t pid, uint64_t start, int signal);

#endif
