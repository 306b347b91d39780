#include "launch.h"

#include "exits.h"
#include "fd.h"
#include "launcher.h"
#include "messages.h"
#include "oom.h"
#include "ops.h"
#include "pump.h"
#include "stream.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CGROUP_DIRS_MAX 16

struct request {
  const char *id, *target, *log_path, *exit_path, *oom_path;
  uint8_t kind;
  struct blob plan;
  bool terminal, wants_stdin, stdin_once, kill_rest;
  uint32_t log_line_max;
  const char *dirs[CGROUP_DIRS_MAX];
  uint32_t dir_count;
  uint32_t timeout_ms, drain_ms;
  uint64_t cap;
};

// ---- the request

static void parse(struct reader *r, struct request *q, bool exec) {
  q->id = reader_str_max(r, ID_MAX);
  q->kind = reader_u8(r);
  q->target = reader_str_max(r, ID_MAX);
  q->plan = reader_blob_max(r, PLAN_BYTES_MAX);
  q->terminal = reader_u8(r);
  q->wants_stdin = reader_u8(r);
  q->stdin_once = reader_u8(r);
  q->log_path = reader_path(r);
  q->log_line_max = reader_u32(r);
  q->exit_path = reader_path(r);
  q->dir_count = reader_list(r, 5);
  for (uint32_t i = 0; i < q->dir_count && i < CGROUP_DIRS_MAX; i++) {
    q->dirs[i] = reader_path(r);
  }
  q->oom_path = reader_path(r);
  q->kill_rest = reader_u8(r);
  q->log_line_max = q->log_line_max ? q->log_line_max : LOG_LINE_MAX;
  if (exec) {
    q->timeout_ms = reader_u32(r);
    q->drain_ms = reader_u32(r);
    q->cap = reader_u64(r);
  }
}

static bool id_is_plain(const char *id) {
  size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
  return n > 0 && id[n] == '\0';
}

// NULL, or what is wrong with the request.
static const char *complaint(const struct request *q, bool exec) {
  if (!id_is_plain(q->id)) {
    return "an id has 1 to 127 letters, digits, '_', '.' or '-'";
  }
  if (exec ? q->kind != KIND_EXEC : q->kind < KIND_CONTAINER || q->kind > KIND_POD_INIT || q->kind == KIND_EXEC) {
    return exec ? "EXEC takes kind 2" : "START takes kind 1, 3 or 4";
  }
  if (q->dir_count > CGROUP_DIRS_MAX) {
    return "at most 16 cgroup directories";
  }
  return q->log_line_max > LOG_LINE_MAX ? "logLineMax is at most 16384" : NULL;
}

static const char *pack(char **at, const char *s) {
  size_t n = strlen(s) + 1;
  const char *copy = *at;
  memcpy(*at, s, n);
  *at += n;
  return copy;
}

static int remember(struct launch *l, const struct request *q) {
  size_t len = strlen(q->target) + strlen(q->log_path) + strlen(q->exit_path) + strlen(q->oom_path) + 4;
  for (uint32_t i = 0; i < q->dir_count; i++) {
    len += strlen(q->dirs[i]) + 1;
  }
  void *text = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (text == MAP_FAILED) {
    return -1;
  }
  char *at = text;
  *l = (struct launch){.text = text, .text_len = len};
  l->target = pack(&at, q->target);
  l->log_path = pack(&at, q->log_path);
  l->exit_path = pack(&at, q->exit_path);
  l->oom_path = pack(&at, q->oom_path);
  l->cgroup_dirs = at;
  for (uint32_t i = 0; i < q->dir_count; i++) {
    pack(&at, q->dirs[i]);
  }
  l->cgroup_count = q->dir_count;
  l->log_line_max = q->log_line_max;
  l->terminal = q->terminal;
  l->wants_stdin = q->wants_stdin;
  l->stdin_once = q->stdin_once;
  l->kill_rest = q->kill_rest;
  return 0;
}

// ---- failures

static void fail_with(struct proc *p, const struct failure *f) {
  if (p->failing) {
    return;
  }
  p->failing = true;
  p->failure = *f;
  if (p->launcher > 0) {
    tree_kill(p->launcher);
  }
  if (p->pid_alive && p->pid != p->launcher) {
    tree_kill(p->pid);
  }
  launch_settle(p);
}

static void fail(struct proc *p, int err, uint32_t index, uint16_t op, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static void fail(struct proc *p, int err, uint32_t index, uint16_t op, const char *format, ...) {
  struct failure f = {.err = err, .index = index, .op = op};
  va_list args;
  va_start(args, format);
  vsnprintf(f.message, sizeof f.message, format, args);
  va_end(args);
  fail_with(p, &f);
}

void launch_settle(struct proc *p) {
  if (!p->failing || p->launcher > 0 || p->pid_alive || p->state == STATE_FAILED) {
    return;
  }
  bool was_parked = p->state == STATE_PARKED;
  p->state = STATE_FAILED;
  p->finished_at = clock_real();
  loop_close(&p->channel);
  pump_close(&p->out);
  pump_close(&p->err);
  loop_close(&p->in);
  oom_close(p);
  proc_answer(p);
  if (was_parked) {
    event_exited(p); // its START was answered: nobody waits
  }
  if (p->kind == KIND_EXEC) {
    if (p->client) {
      p->client->proc = NULL;
      p->client->mode = CONN_CONTROL;
      conn_resume(p->client);
    }
    proc_free(p);
  }
}

bool launch_ended(struct proc *p) {
  if (p->failing) {
    launch_settle(p);
    return false;
  }
  if (p->execing && p->state != STATE_RUNNING) {
    p->state = STATE_RUNNING;
    p->started_at = p->finished_at;
    proc_answer(p);
    if (p->kind == KIND_EXEC) {
      stream_exec_started(p);
    }
    return true;
  }
  if (p->state == STATE_RUNNING) {
    return true;
  }
  if (p->kind == KIND_PREPARE && p->done && p->exit_code == 0) {
    loop_close(&p->channel);
    p->state = STATE_EXITED;
    p->started_at = p->finished_at;
    proc_answer(p);
    return false;
  }
  const char *when = p->state == STATE_PARKED ? "while parked" : "before the program ran";
  if (p->signal) {
    fail(p, ECHILD, NO_INDEX, 0, "the launcher was ended by signal %d %s", p->signal, when);
  } else {
    fail(p, ECHILD, NO_INDEX, 0, "the launcher ended with code %d %s", p->exit_code, when);
  }
  return false;
}

// ---- the launcher's channel

static void take_console(struct proc *p, int master) {
  if (p->out.open || !p->launch.terminal) {
    close(master);
    fail(p, EPROTO, NO_INDEX, 0, "the plan made a terminal that the request did not ask for");
    return;
  }
  p->in.fd = fcntl(master, F_DUPFD_CLOEXEC, 3);
  p->terminal_open = true;
  if (p->in.fd < 0 || pump_open(&p->out, master, true) < 0) {
    fail(p, errno, NO_INDEX, 0, "cannot take the terminal");
  }
}

static void take_failure(struct reader *r, struct failure *f) {
  f->index = reader_u32(r);
  f->op = reader_u16(r);
  f->err = reader_i32(r);
  f->item = reader_u32(r);
  snprintf(f->message, sizeof f->message, "%s", reader_str_max(r, 255));
}

static void on_message(struct proc *p, const uint8_t *data, size_t len, int *console) {
  struct reader r = reader_of(data, len);
  switch (reader_u8(&r)) {
  case MSG_PID: {
    pid_t pid = reader_i32(&r);
    if (!r.bad && pid > 0) {
      p->pid = pid;
      p->pid_alive = true;
      exits_claim(p);
    }
    break;
  }
  case MSG_PARKED:
    p->state = STATE_PARKED;
    proc_answer(p);
    break;
  case MSG_FAIL: {
    struct failure f = {0};
    take_failure(&r, &f);
    if (f.err == 0) {
      f.err = EPROTO;
    }
    fail_with(p, &f);
    break;
  }
  case MSG_WARN: {
    struct failure f = {0};
    take_failure(&r, &f);
    event_warn(p, &f);
    break;
  }
  case MSG_CONSOLE:
    if (*console >= 0) {
      take_console(p, fd_take(console));
    }
    break;
  case MSG_EXECING:
    p->execing = true;
    break;
  case MSG_DONE:
    p->done = true;
    break;
  default:
    break;
  }
}

static int console_of(struct msghdr *msg) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int))) {
      int fd;
      memcpy(&fd, CMSG_DATA(c), sizeof fd);
      return fd;
    }
  }
  return -1;
}

static void channel_closed(struct proc *p) {
  loop_close(&p->channel);
  // Without EXECING the process ended or is about to: its exit decides.
  if (p->execing && !p->failing && p->pid_alive) {
    p->state = STATE_RUNNING;
    p->started_at = clock_real();
    proc_answer(p);
    if (p->kind == KIND_EXEC) {
      stream_exec_started(p);
    }
  }
}

void launch_read_channel(struct proc *p) {
  while (p->channel.fd >= 0) {
    uint8_t data[1024];
    union {
      struct cmsghdr align;
      char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec iov = {.iov_base = data, .iov_len = sizeof data};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(p->channel.fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      return;
    }
    if (n <= 0) {
      channel_closed(p);
      return;
    }
    FD_AUTO int console = console_of(&msg);
    bool was_used = p->used;
    on_message(p, data, (size_t)n, &console);
    if (!was_used || !p->used) {
      return;
    }
  }
}

static void channel_ready(struct handler *h, uint32_t events) {
  (void)events;
  launch_read_channel(container_of(h, struct proc, channel));
}

// ---- the fork

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
  launcher_run(s->channel[1], s->slot0, l->plan, l->plan_len);
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

static void fork_launcher(struct proc *p) {
  __attribute__((cleanup(stdio_close))) struct stdio s = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}, -1, -1};
  struct launch *l = &p->launch;
  if (*l->target) {
    const struct proc *target = proc_find(l->target);
    s.slot0 = target && target->pid_alive ? (int)syscall(SYS_pidfd_open, target->pid, 0) : -1;
    if (s.slot0 < 0) {
      fail(p, ESRCH, NO_INDEX, 0, "the target container %s does not run", l->target);
      return;
    }
  }
  const char *cgroup = launcher_cgroup_clone(l->plan, l->plan_len);
  if (cgroup && (s.cgroup = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0) {
    fail(p, errno, 0, OP_CGROUP_CLONE, "%s", cgroup);
    return;
  }
  if (stdio_open(&s, l) < 0) {
    fail(p, errno, NO_INDEX, 0, "cannot make pipes");
    return;
  }
  pid_t pid = child_clone(s.cgroup, NULL);
  if (pid == 0) {
    in_child(&s, l);
  }
  if (pid < 0) {
    fail(p, errno, cgroup ? 0 : NO_INDEX, cgroup ? OP_CGROUP_CLONE : 0, "cannot fork the launcher %s%s",
         cgroup ? "into " : "", cgroup ? cgroup : "");
    return;
  }
  p->launcher = p->pid = pid;
  p->pid_alive = true;
  if (adopt(p, &s) < 0) {
    fail(p, errno, NO_INDEX, 0, "cannot watch the launcher");
  }
}

static void begin(struct proc *p) {
  fork_launcher(p);
  payload_free(p->launch.frame, p->launch.frame_len);
  p->launch.frame = NULL;
}

static void log_opened(struct log *l, int err, void *arg) {
  (void)l;
  struct proc *p = arg;
  if (p->forgotten) {
    return;
  }
  if (err) {
    fail(p, err, NO_INDEX, 0, "cannot open the log %s", p->launch.log_path);
  } else {
    begin(p);
  }
}

static void start(struct proc *p) {
  const struct launch *l = &p->launch;
  if (*l->oom_path && oom_open(p, l->oom_path) < 0) {
    fail(p, errno, NO_INDEX, 0, "cannot open the counter of OOM kills %s", l->oom_path);
    return;
  }
  if (!*l->log_path) {
    begin(p);
    return;
  }
  p->log = log_open(l->log_path, log_opened, p);
  if (!p->log) {
    fail(p, errno, NO_INDEX, 0, "too many logs");
  }
}

void launch_request(struct conn *c, const struct ticket *t, struct reader *r, bool exec) {
  struct request q = {0};
  parse(r, &q, exec);
  if (reader_end(r) < 0) {
    reply_error(t, EBADMSG, "malformed launch");
    return;
  }
  const char *wrong = complaint(&q, exec);
  if (wrong) {
    reply_error(t, EINVAL, "%s", wrong);
    return;
  }
  struct proc *p = proc_find(q.id);
  if (p && exec) {
    reply_error(t, EEXIST, "an exec %s lives already", q.id);
    return;
  }
  if (p && p->state != STATE_STARTING) {
    proc_answer_one(p, t);
    return;
  }
  if (p) {
    if (proc_wait(p, t) < 0) {
      reply_error(t, errno, "too many wait for the start of %s", q.id);
    }
    return;
  }
  struct failure f = {.index = NO_INDEX};
  if (launcher_check(q.plan.data, q.plan.len, &f.index) < 0) {
    f.err = errno;
    snprintf(f.message, sizeof f.message, "the launch plan is not valid");
    reply_failure(t, &f);
    return;
  }
  p = proc_new(q.id, (enum kind)q.kind);
  if (!p || remember(&p->launch, &q) < 0) {
    reply_error(t, errno, "no room for %s: forget processes that have ended", q.id);
    if (p) {
      proc_free(p);
    }
    return;
  }
  p->launch.plan = q.plan.data;
  p->launch.plan_len = q.plan.len;
  p->launch.frame_len = c->payload_len;
  p->launch.frame = conn_take_payload(c);
  p->timeout_ms = q.timeout_ms;
  p->drain_ms = q.drain_ms;
  p->cap = q.cap;
  proc_wait(p, t);
  if (exec) {
    p->client = c;
    c->proc = p;
    c->mode = CONN_EXEC_STARTING;
    conn_pause(c);
  }
  start(p);
}

void launch_go(const struct ticket *t, const char *id) {
  struct proc *p = proc_find(id);
  if (!p) {
    reply_error(t, ENOENT, "no process %s", id);
    return;
  }
  if (p->state == STATE_PARKED && p->channel.fd >= 0) {
    if (proc_wait(p, t) < 0 || send(p->channel.fd, "g", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) {
      reply_error(t, errno, "cannot tell %s to go", id);
      return;
    }
    p->state = STATE_STARTING;
  } else if (p->state == STATE_STARTING) {
    if (proc_wait(p, t) < 0) {
      reply_error(t, errno, "too many wait for %s", id);
    }
  } else {
    proc_answer_one(p, t);
  }
}
