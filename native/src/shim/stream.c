#include "stream.h"

#include "criu.h"
#include "pump.h"
#include "tree.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define KILL_GRACE_MS 100 // from the kill at a time-out to EXIT at the latest

static void in_ready(struct handler *h, uint32_t events);

// ---- the exec's end

static void exec_finish(struct proc *p) {
  struct conn *c = p->client;
  if (c) {
    p->client = NULL;
    c->proc = NULL;
    struct writer *w = reply_begin();
    proc_encode(w, p);
    writer_u8(w, p->timed_out);
    conn_send_built(c, STREAM_EXIT);
    conn_close_drained(c);
  }
  if (p->launcher == 0 && !p->pid_alive) {
    proc_free(p);
  }
}

void stream_pump_ended(struct proc *p) {
  if (p->kind == KIND_EXEC && p->ended && !p->out.open && !p->err.open) {
    exec_finish(p);
  } else if (p->state == STATE_EXITED) {
    proc_close_log(p);
  }
}

static void drain_over(struct timer *t) {
  struct proc *p = container_of(t, struct proc, deadline);
  if (p->timed_out) {
    if (p->pid_alive) { // it hangs in the kernel: what the client is told is what will be
      p->state = STATE_EXITED;
      p->exit_code = 128 + SIGKILL;
      p->signal = SIGKILL;
      p->finished_at = clock_real();
      p->ended = true;
    }
    pump_drain(&p->out);
    pump_drain(&p->err);
    pump_close(&p->out);
    pump_close(&p->err);
  } else {
    pump_limit(&p->out);
    pump_limit(&p->err);
  }
  stream_pump_ended(p);
}

static void timed_out(struct timer *t) {
  struct proc *p = container_of(t, struct proc, deadline);
  p->timed_out = true;
  tree_kill(p->pid);
  p->deadline.fire = drain_over;
  timer_set(&p->deadline, KILL_GRACE_MS);
}

void stream_exec_ended(struct proc *p) {
  if (p->ended) { // reported already, reaped late
    exec_finish(p);
    return;
  }
  p->ended = true;
  pump_drain(&p->out);
  pump_drain(&p->err);
  if ((!p->out.open && !p->err.open) || !p->client) {
    exec_finish(p);
    return;
  }
  p->deadline.fire = drain_over;
  if (!p->timed_out) {
    if (p->drain_ms == 0) {
      timer_clear(&p->deadline);
      drain_over(&p->deadline);
    } else {
      timer_set(&p->deadline, p->drain_ms);
    }
  }
}

void stream_exec_started(struct proc *p) {
  pump_resume(&p->out);
  pump_resume(&p->err);
  struct conn *c = p->client;
  if (c) {
    c->mode = CONN_EXEC;
    conn_resume(c);
  }
  if (p->timeout_ms > 0) {
    p->deadline.fire = timed_out;
    timer_set(&p->deadline, p->timeout_ms);
  }
}

// ---- stdin

static void close_stdin(struct proc *p) {
  loop_close(&p->in);
}

// Writes the held STDIN frame on. True when nothing is left of it.
static bool push_stdin(struct conn *c) {
  struct proc *p = c->proc;
  while (p && p->in.fd >= 0 && c->stdin_at < c->payload_len) {
    ssize_t n = write(p->in.fd, c->payload + c->stdin_at, c->payload_len - c->stdin_at);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      return false;
    }
    if (n < 0) {
      close_stdin(p); // nobody reads it any more
      break;
    }
    c->stdin_at += (uint32_t)n;
  }
  return true;
}

static void release_stdin(struct conn *c) {
  payload_free(c->payload, c->payload_len);
  c->payload = NULL;
  c->stdin_held = false;
  conn_resume(c);
}

struct pushing {
  struct proc *p;
  bool blocked;
};

static void push_one(struct conn *c, void *arg) {
  struct pushing *s = arg;
  if (c->proc == s->p && c->stdin_held) {
    if (push_stdin(c)) {
      release_stdin(c);
    } else {
      s->blocked = true;
    }
  }
}

static void in_ready(struct handler *h, uint32_t events) {
  struct pushing s = {.p = container_of(h, struct proc, in)};
  if ((events & EPOLLERR) && !s.p->terminal_open) {
    close_stdin(s.p);
  }
  conn_each(push_one, &s);
  if (!s.blocked) {
    loop_del(h);
  }
}

static void on_stdin(struct conn *c, uint32_t len) {
  c->stdin_at = 0;
  if (len == 0 || push_stdin(c)) {
    return;
  }
  c->stdin_held = true;
  conn_pause(c);
  struct handler *h = &c->proc->in;
  if (!h->watched) {
    h->ready = in_ready;
    loop_add(h, h->fd, EPOLLOUT);
  }
}

static void on_stdin_close(struct conn *c) {
  struct proc *p = c->proc;
  bool ends = c->mode == CONN_EXEC || p->launch.stdin_once;
  if (ends && !p->terminal_open) {
    close_stdin(p);
  }
}

// ---- frames

static void refuse(struct conn *c) {
  writer_str(reply_begin(), "an unknown or malformed stream frame");
  conn_send_built(c, STREAM_NOTE);
  conn_close_drained(c);
}

void stream_frame(struct conn *c, uint16_t type, const uint8_t *payload, uint32_t len) {
  struct proc *p = c->proc;
  struct reader r = reader_of(payload, len);
  if (c->mode == CONN_CRIU) {
    criu_frame(c, type, payload, len);
    return;
  }
  if (!p) {
    return;
  }
  switch (type) {
  case STREAM_STDIN:
    if (c->mode == CONN_EXEC || (c->want & WANT_STDIN)) {
      on_stdin(c, len);
    }
    return;
  case STREAM_STDIN_CLOSE:
    if (c->mode == CONN_EXEC || (c->want & WANT_STDIN)) {
      on_stdin_close(c);
    }
    return;
  case STREAM_RESIZE: {
    uint16_t rows = reader_u16(&r);
    uint16_t cols = reader_u16(&r);
    if (reader_end(&r) == 0) {
      stream_resize(p, rows, cols); // a process without a terminal has no size to change
      return;
    }
    break;
  }
  case STREAM_KILL: {
    uint32_t sig = reader_u32(&r);
    if (reader_end(&r) == 0 && sig < NSIG) {
      if (c->mode == CONN_EXEC && p->pid_alive) {
        kill(p->pid, (int)sig);
      }
      return;
    }
    break;
  }
  default:
    break;
  }
  refuse(c);
}

int stream_resize(struct proc *p, uint16_t rows, uint16_t cols) {
  if (!p->terminal_open || p->out.h.fd < 0) {
    errno = ENOTTY;
    return -1;
  }
  struct winsize size = {.ws_row = rows, .ws_col = cols};
  return ioctl(p->out.h.fd, TIOCSWINSZ, &size);
}

void stream_drained(struct conn *c) {
  if (c->mode == CONN_EXEC && c->proc) {
    pump_resume(&c->proc->out);
    pump_resume(&c->proc->err);
  }
}

void stream_gone(struct conn *c) {
  struct proc *p = c->proc;
  c->proc = NULL;
  if (!p || c->mode == CONN_ATTACH) {
    return;
  }
  if (c->mode == CONN_CRIU) {
    criu_gone(p);
    return;
  }
  p->client = NULL;
  if (!p->terminal_open) {
    close_stdin(p);
  }
  if (p->ended) {
    exec_finish(p);
  } else {
    pump_resume(&p->out);
    pump_resume(&p->err);
  }
}

// ---- attach

void stream_attach(struct conn *c, struct proc *p, uint8_t want) {
  c->mode = CONN_ATTACH;
  c->proc = p;
  c->want = want;
}

struct piece {
  struct proc *p;
  bool err;
  const void *data;
  size_t len;
};

static void send_piece(struct conn *c, void *arg) {
  const struct piece *s = arg;
  if (c->mode != CONN_ATTACH || c->proc != s->p || !(c->want & (s->err ? WANT_STDERR : WANT_STDOUT))) {
    return;
  }
  if (c->out_len - c->out_at + s->len + FRAME_HEAD > ATTACH_BACKLOG) {
    writer_str(reply_begin(), "the client read too slowly and was cut off; the container runs on");
    conn_send_built(c, STREAM_NOTE);
    c->proc = NULL;
    conn_close_drained(c);
    return;
  }
  conn_send(c, s->err ? STREAM_STDERR : STREAM_STDOUT, 0, s->data, s->len);
}

void stream_broadcast(struct proc *p, bool err, const void *data, size_t len) {
  struct piece s = {.p = p, .err = err, .data = data, .len = len};
  conn_each(send_piece, &s);
}

static void end_attach(struct conn *c, void *p) {
  if (c->mode == CONN_ATTACH && c->proc == p) {
    c->proc = NULL;
    conn_close_drained(c);
  }
}

void stream_detach_all(struct proc *p) {
  conn_each(end_attach, p);
}
