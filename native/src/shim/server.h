// The shim as a service: who it serves, when it ends.
#ifndef CARAFE_SERVER_H
#define CARAFE_SERVER_H

#include "conn.h"

#include <sys/types.h>

#define SHIM_PROTOCOL 1u
#ifndef SHIM_BUILD
#define SHIM_BUILD "0.1.0"
#endif

// Makes the loop, the log writer, the socket DIR/shim.sock and DIR/shim.pid. On error the step's name is in *step.
int server_init(const char *pod, const char *dir, pid_t agent, const char **step);
const char *server_pod(void);
// From now on this shim outlives its agent.
void server_commit(void);
void server_shutdown(const struct ticket *t);
// A process ended: a shim that was told to terminate goes with the last one.
void server_process_ended(void);

#endif
