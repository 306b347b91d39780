// RUN: a host program (a CNI plugin) as a child of the shim, in its own process group, with a time-out and bounded output.
#ifndef CARAFE_RUN_H
#define CARAFE_RUN_H

#include "conn.h"

void run_request(const struct ticket *t, struct reader *r);
bool run_any(void); // a program runs
// SETTLE: answered when no RUN is in flight any more.
void run_settle(const struct ticket *t, struct reader *r);

#endif
