// The change of process: the child becomes the shim's, and the only one that goes on.
#include "compat.h"
#include "fd.h"
#include "launch.h"

#include <sched.h>
#include <signal.h>

// A seccomp filter that is already on may answer clone3 with ENOSYS, to make programs use the call whose flags it can read.
static pid_t clone_sibling(uint64_t types) {
  // CLONE_PARENT takes its exit signal from the parent; clone3 wants none said.
  struct clone_args args = {.flags = CLONE_PARENT | types};
  pid_t pid = sys_clone3(&args);
  if (pid < 0 && errno == ENOSYS)
    pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | types, NULL, NULL, NULL, NULL);
  return pid;
}

// The shim has to know the child's pid before the child says anything.
static int hold_child(struct launch *l, int go) {
  char byte;
  ssize_t n;
  do
    n = read(go, &byte, 1);
  while (n < 0 && errno == EINTR);
  if (n != 1)
    _exit(1);
  return make_undumpable() < 0 ? fail(l, "PR_SET_DUMPABLE") : 0;
}

int op_fork_init(struct launch *l, struct reader *r) {
  uint32_t types = reader_u32(r);
  if (types & ~(uint32_t)CLONE_NEWPID)
    return fail_with(l, EINVAL, "clone");
  int go[2];
  if (pipe2(go, O_CLOEXEC) < 0)
    return fail(l, "pipe");
  FD_AUTO int read_end = go[0];
  FD_AUTO int write_end = go[1];
  // Others live in a pid namespace that is not new: they must find no procfs of the host's in our descriptors.
  if (!(types & CLONE_NEWPID))
    fd_drop(&l->procfs);
  pid_t pid = clone_sibling(types);
  if (pid < 0)
    return fail(l, "clone");
  if (pid == 0) {
    fd_drop(&write_end);
    l->own_pids = types & CLONE_NEWPID;
    return hold_child(l, read_end);
  }
  _exit(send_pid(l, pid) == 0 && write(write_end, "", 1) == 1 ? 0 : 1);
}

int op_park(struct launch *l, struct reader *r) {
  (void)r;
  if (send_plain(l, MSG_PARKED) < 0 || await_go(l) < 0)
    _exit(1);
  return 0;
}
