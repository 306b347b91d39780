// A short-lived child that holds namespaces open until its parent has their files. It ends when the parent closes its end, or dies.
#ifndef CARAFE_CHILD_H
#define CARAFE_CHILD_H

#include "launch.h"

struct child {
  pid_t pid; // in the parent
  int link; // a socket between the two
};

#define CHILD_NONE                                                                                                     \
  { -1, -1 }

// Closes the link and reaps.
void child_end(struct child *c);
#define CHILD_AUTO __attribute__((cleanup(child_end)))

// Forks with these CLONE_NEW* flags: 0 in the child, its pid in the parent, -1.
pid_t child_start(struct child *c, uint64_t flags);

// In the child: waits until the parent is done, and exits.
_Noreturn void child_wait_for_end(struct child *c);

// In the child: says how it went (error 0: ready) and, on an error, which step failed.
void child_report(struct child *c, const struct launch *l, int error);

// In the parent: waits for the report, and takes over the child's error and detail.
int child_await(struct launch *l, struct child *c);

// In the parent: opens one of the child's namespace files (type is one CLONE_NEW*).
int child_namespace(struct launch *l, const struct child *c, uint32_t type);

#endif
