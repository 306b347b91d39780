// What the operations of one running plan share.
//
// Convention of every function here and of every operation: 0 (or a descriptor) on success; -1 with errno on failure, after naming the thing that failed in
// `detail` by fail().
#ifndef CARAFE_LAUNCH_H
#define CARAFE_LAUNCH_H

#include "messages.h"
#include "ops.h"
#include "wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define DETAIL_MAX 255

struct launch {
  int channel;
  int slots[PLAN_SLOTS]; // -1: empty
  int procfs; // root of a procfs of our own, or -1
  int root_slot; // slot of the last ROOT_OPEN, which NS_UNSHARE(NEWNS) takes along, or -1
  bool by_user; // it began as an ordinary user
  bool own_pids; // the pid namespace is new, and nobody else in it
  bool own_mounts; // by NS_UNSHARE(NEWNS) or NS_JOIN: mounts are not the host's
  mode_t umask; // for the program; the launcher's own is 0
  uint32_t index; // of the operation that runs
  uint16_t code;
  bool may_fail;
  uint32_t item; // index inside a list operation
  char detail[DETAIL_MAX + 1];
};

// Names the thing that failed: -1, errno kept. The two-part form writes "what: more".
int fail(struct launch *l, const char *what);
int fail_with(struct launch *l, int error, const char *what);
int fail_about(struct launch *l, const char *what, const char *more);

// An item of a list failed: 0 after a warning when the operation may fail (the list goes on), else -1 with errno kept.
int item_failed(struct launch *l);

// channel.c: -1 when the shim is gone.
int send_plain(struct launch *l, enum message type);
int send_pid(struct launch *l, pid_t pid);
int send_listener(struct launch *l, int fd);
int send_console(struct launch *l, int master);
void send_failure(struct launch *l, enum message type, int error);
// Waits for the shim's one byte: -1 when the shim is gone.
int await_go(struct launch *l);

// slots.c. A slot is read as a descriptor or -1 with EBADF; PLAN_NO_SLOT gives -1 too and is for the caller to ask before.
int slot_get(struct launch *l, uint16_t slot);
// Stores fd (ours from now on), closing what was there.
void slot_set(struct launch *l, uint16_t slot, int fd);
// The descriptor of a root field: ROOT_NONE when the field says none.
int root_get(struct launch *l, uint16_t slot, int *root);
#define ROOT_NONE (-1)

// process.c
int signals_reset(void);
// What other processes may not do to this one: ptrace it, open its /proc files. A change of user ids undoes it, so it is said again after each.
int make_undumpable(void);

// userns.c: setns with types that include CLONE_NEWUSER, then uid 0 and gid 0 of that namespace (where it has them), without supplementary groups.
int userns_become_root(struct launch *l, int fd, uint32_t types);

#endif
