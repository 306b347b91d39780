// Exits: reaps every child (adopted orphans too), kills the rest, writes exit records, tells the subscribers.
//
// SIGCHLD through a signalfd is the one source: it covers orphans, which no pidfd of ours would.
#ifndef CARAFE_EXITS_H
#define CARAFE_EXITS_H

#include "proc.h"

int exits_init(void); // blocks SIGCHLD
// p->pid was just learnt: takes its exit when it was reaped before.
void exits_claim(struct proc *p);
// Called on the loop when the log writer moved on.
void exits_log_moved(void);

#endif
