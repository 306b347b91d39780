#include "spawn.h"

#include "children.h"
#include "fd.h"
#include "launch.h"
#include "launcher.h"
#include "ops.h"
#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct stdio {
  int in[2], out[2], err[2], channel[2], slot0, cgroup;
};

static void stdio_close(struct stdio *s) {
  int *all[] = {&s->in[0],  &s->in[1],      &s->out[0],     &s->out[1], &s->err[0],
                &s->err[1], &s->channel[0], &s->channel[1], &s->slot0,  &s->cgroup};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    fd_drop(all[i]);
  }
}

static int stdio_open(struct stdio *s, const struct launch *l) {
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s->channel) < 0) {
    return -1;
  }
  if (l->terminal) {
    return 0;
  }
  return pipe2(s->out, O_CLOEXEC) < 0 || pipe2(s->err, O_CLOEXEC) < 0 || (l->wants_stdin && pipe2(s->in, O_CLOEXEC) < 0)
             ? -1
             : 0;
}

static _Noreturn void in_child(const struct stdio *s, const struct launch *l) {
  child_reset_signals();
  int from[3] = {s->in[0], s->out[1], s->err[1]};
  for (int i = 0; i < 3; i++) {
    if (from[i] >= 0 && dup2(from[i], i) < 0) {
      _exit(1);
    }
  }
  launcher_run(s->channel[1], s->slot0, 0, l->plan, l->plan_len);
}

static void channel_ready(struct handler *h, uint32_t events) {
  (void)events;
  launch_read_channel(container_of(h, struct proc, channel));
}

static int adopt(struct proc *p, struct stdio *s) {
  p->channel.ready = channel_ready;
  if (loop_add(&p->channel, s->channel[0], EPOLLIN) < 0) {
    return -1;
  }
  fd_take(&s->channel[0]);
  if (s->in[1] >= 0) {
    p->in.fd = fd_take(&s->in[1]);
    if (fcntl(p->in.fd, F_SETFL, O_NONBLOCK) < 0) {
      return -1;
    }
  }
  if (s->out[0] >= 0 && pump_open(&p->out, fd_take(&s->out[0]), false) < 0) {
    return -1;
  }
  return s->err[0] >= 0 && pump_open(&p->err, fd_take(&s->err[0]), false) < 0 ? -1 : 0;
}

void spawn_launcher(struct proc *p) {
  __attribute__((cleanup(stdio_close))) struct stdio s = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}, -1, -1};
  struct launch *l = &p->launch;
  if (*l->target) {
    const struct proc *target = proc_find(l->target);
    s.slot0 = target && target->pid_alive ? (int)syscall(SYS_pidfd_open, target->pid, 0) : -1;
    if (s.slot0 < 0) {
      launch_fail(p, ESRCH, NO_INDEX, 0, "the target container %s does not run", l->target);
      return;
    }
  }
  const char *cgroup = launcher_cgroup_clone(l->plan, l->plan_len);
  if (cgroup && (s.cgroup = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0) {
    launch_fail(p, errno, 0, OP_CGROUP_CLONE, "%s", cgroup);
    return;
  }
  if (stdio_open(&s, l) < 0) {
    launch_fail(p, errno, NO_INDEX, 0, "cannot make pipes");
    return;
  }
  pid_t pid = child_clone(s.cgroup, NULL);
  if (pid == 0) {
    in_child(&s, l);
  }
  if (pid < 0) {
    launch_fail(p, errno, cgroup ? 0 : NO_INDEX, cgroup ? OP_CGROUP_CLONE : 0, "cannot fork the launcher %s%s",
                cgroup ? "into " : "", cgroup ? cgroup : "");
    return;
  }
  p->launcher = p->pid = pid;
  p->pid_alive = true;
  if (adopt(p, &s) < 0) {
    launch_fail(p, errno, NO_INDEX, 0, "cannot watch the launcher");
  }
}
