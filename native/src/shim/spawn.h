// The fork of a launcher.
#ifndef CARAFE_SPAWN_H
#define CARAFE_SPAWN_H

#include "proc.h"

// Forks the launcher of this process's plan, with its pipes and its channel on the loop; a failure is the start's (launch_fail).
void spawn_launcher(struct proc *p);

// The same with criu in the launcher's place; its dialogue begins.
void spawn_criu(struct proc *p);

#endif
