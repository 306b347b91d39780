#include "child.h"

#include "compat.h"
#include "fd.h"
#include "procfs.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct report {
  int error;
  uint32_t item;
  char detail[DETAIL_MAX + 1];
};

void child_end(struct child *c) {
  int saved = errno;
  fd_drop(&c->link);
  while (c->pid > 0 && waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  c->pid = -1;
  errno = saved;
}

pid_t child_start(struct child *c, uint64_t flags) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return -1;
  struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
  pid_t pid = sys_clone3(&args);
  bool in_child = pid == 0;
  c->link = pair[in_child];
  c->pid = pid;
  fd_cleanup(&pair[!in_child]);
  return pid;
}

_Noreturn void child_wait_for_end(struct child *c) {
  char byte;
  while (read(c->link, &byte, 1) < 0 && errno == EINTR)
    ;
  _exit(0);
}

void child_report(struct child *c, const struct launch *l, int error) {
  struct report report = {.error = error, .item = l->item};
  memcpy(report.detail, l->detail, sizeof report.detail);
  if (write(c->link, &report, sizeof report) != (ssize_t)sizeof report)
    _exit(1);
}

int child_await(struct launch *l, struct child *c) {
  struct report report;
  ssize_t n;
  do
    n = read(c->link, &report, sizeof report);
  while (n < 0 && errno == EINTR);
  if (n != (ssize_t)sizeof report)
    return fail_with(l, ECHILD, "the namespace holder died");
  if (!report.error)
    return 0;
  report.detail[DETAIL_MAX] = 0;
  l->item = report.item;
  return fail_with(l, report.error, report.detail);
}

static const char *namespace_name(uint32_t type) {
  switch (type) {
  case CLONE_NEWNS:
    return "mnt";
  case CLONE_NEWNET:
    return "net";
  case CLONE_NEWIPC:
    return "ipc";
  case CLONE_NEWUTS:
    return "uts";
  case CLONE_NEWUSER:
    return "user";
  case CLONE_NEWCGROUP:
    return "cgroup";
  default:
    return NULL;
  }
}

int child_namespace(struct launch *l, const struct child *c, uint32_t type) {
  const char *name = namespace_name(type);
  if (!name)
    return fail_with(l, EINVAL, "namespace type");
  char path[32];
  snprintf(path, sizeof path, "%d/ns", c->pid);
  FD_AUTO int dir = procfs_open(l, path, O_RDONLY | O_DIRECTORY);
  if (dir < 0)
    return -1;
  int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
  return fd < 0 ? fail(l, name) : fd;
}
