// Short-lived children of the shim that do what would block its loop, and programs it runs for the agent.
#ifndef CARAFE_CHILDREN_H
#define CARAFE_CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

#define CHILDREN_MAX 320

struct child {
  pid_t pid;
  void (*done)(struct child *c, int status); // status: 0..255 an exit code, 128 + n a signal
};

// Forks behind the C library's back, without its handlers: a child calls only what test/libc-calls.txt allows. cgroup: a directory to be born in, or -1.
// As fork(); *pidfd (may be NULL) is set in the parent.
pid_t child_clone(int cgroup, int *pidfd);

// Registers a child whose `pid` and `done` are set. -1 with EAGAIN when there are too many.
int child_watch(struct child *c);

// Called by the reaper. False when the pid belongs to no registered child.
bool child_reaped(pid_t pid, int status);

// In a child: default dispositions and an empty mask, as a fresh program expects.
void child_reset_signals(void);

// In a child: closes every descriptor above 2 except the given ones (each may be -1).
void child_close_all_but(int a, int b);

#endif
