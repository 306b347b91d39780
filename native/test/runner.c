#include "runner.h"

#include "check.h"
#include "compat.h"
#include "fd.h"
#include "launch.h"
#include "launcher.h"
#include "scratch.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define PATIENCE_MS 10000

static void read_failure(struct outcome *o, struct reader *r) {
  o->index = reader_u32(r);
  o->code = reader_u16(r);
  o->error = reader_i32(r);
  o->item = reader_u32(r);
  snprintf(o->detail, sizeof o->detail, "%s", reader_str(r));
}

static void read_message(struct outcome *o, struct msghdr *msg, struct reader *r) {
  struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
  switch (reader_u8(r)) {
  case MSG_PID:
    o->init = reader_i32(r);
    break;
  case MSG_PARKED:
    o->parked = true;
    break;
  case MSG_FAIL:
    CHECK(!o->failed);
    o->failed = true;
    read_failure(o, r);
    break;
  case MSG_WARN:
    o->warnings++;
    read_failure(o, r);
    break;
  case MSG_CONSOLE:
    CHECK(cmsg);
    memcpy(&o->console, CMSG_DATA(cmsg), sizeof(int));
    break;
  case MSG_EXECING:
    o->executing = true;
    break;
  case MSG_DONE:
    o->done = true;
    break;
  default:
    check_fail(__FILE__, __LINE__, "an unknown message");
  }
  CHECK(reader_end(r) == 0);
}

static void hear(struct outcome *o) {
  for (;;) {
    uint8_t buf[1024];
    struct iovec iov = {.iov_base = buf, .iov_len = sizeof buf};
    union {
      char bytes[CMSG_SPACE(sizeof(int))];
      struct cmsghdr align;
    } control;
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    struct pollfd fd = {.fd = o->channel, .events = POLLIN};
    if (poll(&fd, 1, PATIENCE_MS) != 1) {
      kill(o->init, SIGKILL);
      check_fail(__FILE__, __LINE__, "the launcher says nothing");
    }
    ssize_t n = recvmsg(o->channel, &msg, MSG_CMSG_CLOEXEC);
    if (n <= 0)
      return;
    struct reader r = reader_of(buf, (size_t)n);
    read_message(o, &msg, &r);
    if (o->parked && buf[0] == MSG_PARKED)
      return;
  }
}

static _Noreturn void become_launcher(int channel, int slot0, int output, const struct builder *b) {
  int null = open("/dev/null", O_RDONLY);
  if (dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
    _exit(99);
  launcher_run(channel, slot0, 0, b->w.buf, b->w.len);
}

struct outcome *run_start(struct builder *b, int slot0) {
  static struct outcome outcomes[4];
  static int next;
  struct outcome *o = &outcomes[next++ % 4];
  memset(o, 0, sizeof *o);
  o->console = -1;
  int pair[2], pipes[2];
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 && pipe2(pipes, O_CLOEXEC) == 0);
  CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  const char *cgroup = launcher_cgroup_clone(b->w.buf, b->w.len);
  FD_AUTO int dir = cgroup ? open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  struct clone_args args = {
      .exit_signal = SIGCHLD, .flags = cgroup ? CLONE_INTO_CGROUP : 0, .cgroup = cgroup ? (uint64_t)dir : 0};
  o->launcher = o->init = sys_clone3(&args);
  CHECK(o->launcher >= 0);
  if (o->launcher == 0)
    become_launcher(pair[1], slot0, pipes[1], b);
  o->channel = pair[0];
  o->output = pipes[0];
  close(pair[1]);
  close(pipes[1]);
  hear(o);
  return o;
}

void run_go(struct outcome *o) {
  CHECK(write(o->channel, "", 1) == 1);
  hear(o);
}

void run_hear(struct outcome *o) {
  hear(o);
}

static int wait_for(pid_t pid) {
  FD_AUTO int fd = pidfd_open(pid, 0);
  struct pollfd p = {.fd = fd, .events = POLLIN};
  if (fd >= 0 && poll(&p, 1, PATIENCE_MS) != 1)
    kill(pid, SIGKILL);
  int status = 0;
  CHECK(waitpid(pid, &status, 0) == pid);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void run_finish(struct outcome *o) {
  size_t len = 0;
  struct pollfd p = {.fd = o->output, .events = POLLIN};
  while (len < sizeof o->text - 1) {
    if (poll(&p, 1, PATIENCE_MS) != 1) {
      kill(o->init, SIGKILL);
      break;
    }
    ssize_t n = read(o->output, o->text + len, sizeof o->text - 1 - len);
    if (n <= 0)
      break;
    len += (size_t)n;
  }
  o->text[len] = 0;
  close(o->output);
  close(o->channel);
  o->exit_code = wait_for(o->launcher);
  if (o->init != o->launcher)
    o->exit_code = wait_for(o->init);
}

void run_kill(struct outcome *o) {
  kill(o->init, SIGKILL);
  run_finish(o);
}

struct outcome *run(struct builder *b) {
  plan_end(b);
  struct outcome *o = run_start(b, -1);
  run_finish(o);
  return o;
}

void plan_container(struct builder *b, const char *rootfs) {
  make_dir("merged");
  make_dir("upper/fs");
  make_dir("upper/work");
  make_dir("layers");
  plan_begin(b);
  plan_add(b, OP_NS_UNSHARE, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC);
  plan_add(b, OP_PROPAGATION, U64(MS_SLAVE), 1);
  plan_add(b, OP_OVERLAY, OVERLAY_SLOT, TEXTS(in_scratch(rootfs)), in_scratch("upper/fs"), in_scratch("upper/work"),
           PLAN_NO_SLOT, NO_TEXTS, in_scratch("layers"));
  plan_add(b, OP_ATTACH, OVERLAY_SLOT, PLAN_NO_SLOT, in_scratch("merged"), 0, 0, 0);
  plan_add(b, OP_ROOT_OPEN, ROOT, in_scratch("merged"));
}

void plan_enter(struct builder *b) {
  plan_add(b, OP_FORK_INIT, CLONE_NEWPID);
  plan_add(b, OP_FSMOUNT, PROC_SLOT, "proc", NO_TEXTS, U64(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  plan_add(b, OP_ATTACH, PROC_SLOT, ROOT, "/proc", 1, 0755, 1);
  plan_add(b, OP_PIVOT, ROOT);
}

void plan_shell(struct builder *b, const char *script) {
  plan_add(b, OP_EXEC, TEXTS("sh", "-c", script), TEXTS("PATH=/bin", "HOME=/"));
}

void check_failure(const struct outcome *o, enum operation code, int error) {
  if (!o->failed || o->code != code || o->error != error)
    check_fail(__FILE__, __LINE__,
               "expected %s to fail with %s; %s, operation %u (code %u): %s, errno %d (%s); output: %s",
               operation_type((uint16_t)code)->name, strerror(error), o->failed ? "it failed" : "it did not fail",
               o->index, o->code, o->detail, o->error, strerror(o->error), o->text);
}

void check_output(const struct outcome *o, const char *text) {
  if (o->failed)
    check_fail(__FILE__, __LINE__, "operation %u (code %u) failed: %s: %s", o->index, o->code, o->detail,
               strerror(o->error));
  if (!o->executing || o->exit_code != 0 || strcmp(o->text, text) != 0)
    check_fail(__FILE__, __LINE__, "exit code %d, output \"%s\", expected \"%s\"", o->exit_code, o->text, text);
}
