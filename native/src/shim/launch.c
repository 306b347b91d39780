#include "launch.h"

#include "exits.h"
#include "fd.h"
#include "messages.h"
#include "oom.h"
#include "pump.h"
#include "stream.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

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

void launch_fail(struct proc *p, int err, uint32_t index, uint16_t op, const char *format, ...) {
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
  if (p->kind == KIND_EXEC || p->launch.by_criu) {
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
    launch_fail(p, ECHILD, NO_INDEX, 0, "the launcher was ended by signal %d %s", p->signal, when);
  } else {
    launch_fail(p, ECHILD, NO_INDEX, 0, "the launcher ended with code %d %s", p->exit_code, when);
  }
  return false;
}

// ---- the launcher's channel

void launch_take_console(struct proc *p, int master) {
  if (p->out.open || !p->launch.terminal) {
    close(master);
    launch_fail(p, EPROTO, NO_INDEX, 0, "the plan made a terminal that the request did not ask for");
    return;
  }
  p->in.fd = fcntl(master, F_DUPFD_CLOEXEC, 3);
  p->terminal_open = true;
  if (p->in.fd < 0 || pump_open(&p->out, master, true) < 0) {
    launch_fail(p, errno, NO_INDEX, 0, "cannot take the terminal");
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
      launch_take_console(p, fd_take(console));
    }
    break;
  case MSG_EXECING:
    p->execing = true;
    break;
  case MSG_DONE:
    p->done = true;
    break;
  case MSG_LISTENER:
    launch_fail(p, EOPNOTSUPP, NO_INDEX, 0, "a pod's shim has nobody to give a seccomp listener to");
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
  while (p->channel.fd >= 0 && !p->launch.by_criu) {
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
