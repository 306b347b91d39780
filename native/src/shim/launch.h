// Starts processes: checks the plan, forks the launcher, follows its channel (PROTOCOL.md section 2, "The launcher's channel").
#ifndef CARAFE_LAUNCH_H
#define CARAFE_LAUNCH_H

#include "proc.h"

enum launch_how { LAUNCH_START, LAUNCH_EXEC, LAUNCH_CRIU };

// request.c: handles START, EXEC or CRIU: r stands on the *launch*. The connection's payload is taken when a process comes of it.
void launch_request(struct conn *c, const struct ticket *t, struct reader *r, enum launch_how how);
void launch_go(const struct ticket *t, const char *id);
// The program's terminal: its master is this process's now, or the start fails.
void launch_take_console(struct proc *p, int master);
// Reads what the launcher has said so far.
void launch_read_channel(struct proc *p);
// The program's process was reaped while the start was not over: decides the outcome. True when the program ran (its exit is still to be handled).
bool launch_ended(struct proc *p);
// The start fails with this error (index: of the plan, or NO_INDEX), and what lives of it is killed.
void launch_fail(struct proc *p, int err, uint32_t index, uint16_t op, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
// A start that failed is over once nothing of it lives.
void launch_settle(struct proc *p);

#endif
