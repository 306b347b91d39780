// Reads what a process writes: into its log and to attach clients (a container), or to its one client (an exec, which waits when the client does not read).
#ifndef CARAFE_PUMP_H
#define CARAFE_PUMP_H

#include "proc.h"

// Takes fd (the reading end of a pipe, or a terminal's master). 0, or -1 with errno and fd closed.
int pump_open(struct pump *u, int fd, bool tty);
void pump_close(struct pump *u);
void pump_resume(struct pump *u);
// Reads what is there now, without waiting for more.
void pump_drain(struct pump *u);
// From now on only what already lies in the pipe is read, then it counts as ended.
void pump_limit(struct pump *u);
// The log's ring has room again.
void pump_log_room(void);

#endif
