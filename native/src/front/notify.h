// sd_notify(3) of a container's program, passed on to who started the runtime.
#ifndef CARAFE_FRONT_NOTIFY_H
#define CARAFE_FRONT_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// Makes the socket for the program at path; what it says goes to host, which is a path or an abstract name after '@'. -1 with errno.
int notify_open(const char *path, const char *host);

// To poll for reading, or -1: there is nothing to pass on (any more).
int notify_socket(void);

// Reads what came. READY is passed on, with pid as the main process; then the socket is closed.
void notify_take(pid_t pid);

// Takes what a program that has ended said before.
void notify_rest(pid_t pid);

// Waits until READY was passed on, or that process, which started at start (field 22 of /proc/PID/stat), is gone.
void notify_wait(pid_t pid, uint64_t start);

#endif
