#include "children.h"

#include "compat.h"

#include <errno.h>
#include <signal.h>

static struct child *children[CHILDREN_MAX];

pid_t child_clone(int cgroup, int *pidfd) {
  struct clone_args args = {.exit_signal = SIGCHLD};
  if (cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = (uint64_t)cgroup;
  }
  if (pidfd) {
    args.flags |= CLONE_PIDFD;
    args.pidfd = (uint64_t)(uintptr_t)pidfd;
  }
  return sys_clone3(&args);
}

int child_watch(struct child *c) {
  for (int i = 0; i < CHILDREN_MAX; i++) {
    if (!children[i]) {
      children[i] = c;
      return 0;
    }
  }
  errno = EAGAIN;
  return -1;
}

bool child_reaped(pid_t pid, int status) {
  for (int i = 0; i < CHILDREN_MAX; i++) {
    struct child *c = children[i];
    if (c && c->pid == pid) {
      children[i] = NULL;
      c->done(c, status);
      return true;
    }
  }
  return false;
}

void child_reset_signals(void) {
  for (int sig = 1; sig < NSIG; sig++) {
    signal(sig, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_between(int from, int to) {
  if (from <= to) {
    syscall(SYS_close_range, (unsigned)from, (unsigned)to, 0u);
  }
}

void child_close_all_but(int a, int b) {
  int low = a < b ? a : b;
  int high = a < b ? b : a;
  int from = 3;
  if (low >= from) {
    close_between(from, low - 1);
    from = low + 1;
  }
  if (high >= from) {
    close_between(from, high - 1);
    from = high + 1;
  }
  syscall(SYS_close_range, (unsigned)from, ~0u, 0u);
}
