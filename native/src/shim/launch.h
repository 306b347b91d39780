// Starts processes: checks the plan, forks the launcher, follows its channel (PROTOCOL.md section 2, "The launcher's channel").
#ifndef CARAFE_LAUNCH_H
#define CARAFE_LAUNCH_H

#include "proc.h"

// Handles START, or EXEC when exec is true: r stands on the *launch*. The connection's payload is taken when a process comes of it.
void launch_request(struct conn *c, const struct ticket *t, struct reader *r, bool exec);
void launch_go(const struct ticket *t, const char *id);
// Reads what the launcher has said so far.
void launch_read_channel(struct proc *p);
// The program's process was reaped while the start was not over: decides the outcome. True when the program ran (its exit is still to be handled).
bool launch_ended(struct proc *p);
// A start that failed is over once nothing of it lives.
void launch_settle(struct proc *p);

#endif
