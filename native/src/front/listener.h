// The seccomp listener of a container: its descriptor goes to who answers for it.
#ifndef CARAFE_FRONT_LISTENER_H
#define CARAFE_FRONT_LISTENER_H

#include "wire.h"

#include <sys/types.h>

// Takes descriptor `number` out of a process and sends it to a Unix socket, with the state whose parts are joined by the pid (runtime-spec: containerprocessstate).
// -1 with errno.
int listener_send(pid_t pid, int number, const char *socket, struct reader state);

#endif
