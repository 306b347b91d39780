#include "spawn.h"

#include "children.h"
#include "criu.h"
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
  if (!l->by_criu && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s->channel) < 0) {
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
  struct proc *p = container_of(h, struct proc, channel);
  if (p->launch.by_criu) {
    criu_hear(p);
  } else {
    launch_read_channel(p);
  }
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

static pid_t clone_plain(void) {
  return child_clone(-1, NULL);
}

void spawn_criu(struct proc *p) {
  __attribute__((cleanup(stdio_close))) struct stdio s = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}, -1, -1};
  char *argv[CRIU_WORDS_MAX + 2];
  char *env[CRIU_WORDS_MAX + 1];
  struct reader words = p->launch.words;
  const char *failed = "criu's command";
  uint32_t argc = criu_words(&words, argv);
  criu_words(&words, env);
  if (argc == 0 || words.bad) {
    launch_fail(p, EINVAL, NO_INDEX, 0, "criu takes 1 to %d words each of argv and env", CRIU_WORDS_MAX);
    return;
  }
  if (swrk_open(&p->criu, &words, &failed) < 0) {
    launch_fail(p, errno, NO_INDEX, 0, "%s", failed);
    return;
  }
  bool restores = p->kind == KIND_CONTAINER;
  if (restores && stdio_open(&s, &p->launch) < 0) {
    launch_fail(p, errno, NO_INDEX, 0, "cannot make pipes");
    return;
  }
  if (swrk_spawn(&p->criu, argv, argc, env, (const int[]){s.in[0], s.out[1], s.err[1]}, clone_plain) < 0) {
    launch_fail(p, errno, NO_INDEX, 0, "cannot start %s", argv[0]);
    return;
  }
  p->launcher = p->criu.pid;
  s.channel[0] = fd_take(&p->criu.socket);
  if (adopt(p, &s) < 0) {
    launch_fail(p, errno, NO_INDEX, 0, "cannot watch criu");
    return;
  }
  criu_begun(p);
}
