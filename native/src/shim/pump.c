#include "pump.h"

#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum outcome { MORE, EMPTY, BLOCKED, ENDED };

static uint8_t scratch[32768];

static uint32_t events_of(const struct pump *u) {
  return u->tty ? EPOLLIN | EPOLLET
                : EPOLLIN; // a terminal without an open slave reports EPOLLHUP for ever: only its edges count
}

static void pause_pump(struct pump *u) {
  loop_del(&u->h); // an ended pipe would report EPOLLHUP whatever the mask
  u->paused = true;
}

// Gives records to the log. False: the ring is full, the rest stays held.
static bool feed_log(struct pump *u, bool at_end) {
  struct proc *p = u->proc;
  uint32_t max = p->launch.log_line_max;
  uint32_t at = 0;
  bool room = true;
  while (room && at < u->held_len) {
    const uint8_t *from = u->held + at;
    uint32_t left = u->held_len - at;
    const uint8_t *newline = memchr(from, '\n', left);
    uint32_t len = newline ? (uint32_t)(newline - from) : left;
    bool full = newline && len <= max;
    if (!newline && left <= max) {
      break;
    }
    len = len > max ? max : len;
    room = log_record(p->log, u->err, full, (const char *)from, len);
    if (room) {
      at += len + (full ? 1 : 0);
    }
  }
  memmove(u->held, u->held + at, u->held_len - at);
  u->held_len -= at;
  if (room && at_end && u->held_len > 0) {
    // P, as from other runtimes: `kubectl logs` then adds no newline to what had none.
    room = log_record(p->log, u->err, false, (const char *)u->held, u->held_len);
    if (room) {
      u->held_len = 0;
    }
  }
  return room;
}

void pump_resume(struct pump *u) {
  // What is held is complete lines perhaps, and no event will come for them when the pipe is empty by now.
  if (!u->open || !u->paused || (u->held && !feed_log(u, false))) {
    return;
  }
  u->paused = false;
  loop_add(&u->h, u->h.fd, events_of(u));
}

static enum outcome after_read(struct pump *u, ssize_t n) {
  if (n > 0) {
    return MORE;
  }
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
    return EMPTY;
  }
  return n < 0 && errno == EIO && u->tty && u->proc->pid_alive ? EMPTY : ENDED;
}

static enum outcome read_logged(struct pump *u) {
  if (!feed_log(u, false)) {
    return BLOCKED;
  }
  uint8_t *to = u->held + u->held_len;
  ssize_t n = read(u->h.fd, to, u->proc->launch.log_line_max + 1 - u->held_len);
  enum outcome o = after_read(u, n);
  if (o == MORE) {
    stream_broadcast(u->proc, u->err, to, (size_t)n);
    u->held_len += (uint32_t)n;
  }
  return feed_log(u, o == ENDED) ? o : BLOCKED;
}

static enum outcome read_for_client(struct pump *u) {
  struct proc *p = u->proc;
  // A program may write before its launcher's channel was read to the end: the client hears of the start first.
  if (p->state == STATE_STARTING || p->state == STATE_PARKED || (p->client && conn_blocked(p->client))) {
    return BLOCKED;
  }
  size_t want = u->left >= 0 && (size_t)u->left < sizeof scratch ? (size_t)u->left : sizeof scratch;
  if (want == 0) {
    return ENDED;
  }
  ssize_t n = read(u->h.fd, scratch, want);
  enum outcome o = after_read(u, n);
  if (o == MORE) {
    u->left -= u->left >= 0 ? n : 0;
    size_t room = p->cap == 0 || p->cap - u->sent > (uint64_t)n ? (size_t)n : (size_t)(p->cap - u->sent);
    u->sent += room;
    if (p->client && room > 0) {
      conn_send(p->client, u->err ? STREAM_STDERR : STREAM_STDOUT, 0, scratch, room);
    }
  }
  return u->left >= 0 && o == EMPTY ? ENDED : o;
}

static enum outcome read_discarded(struct pump *u) {
  ssize_t n = read(u->h.fd, scratch, sizeof scratch);
  enum outcome o = after_read(u, n);
  if (o == MORE) {
    stream_broadcast(u->proc, u->err, scratch, (size_t)n);
  }
  return o;
}

static enum outcome pump_step(struct pump *u) {
  if (u->proc->kind == KIND_EXEC) {
    return read_for_client(u);
  }
  return u->proc->log ? read_logged(u) : read_discarded(u);
}

// The client of a carried exec hears at once that an output ended (an empty frame): its process may live on and read.
static void tell_end(const struct pump *u) {
  struct proc *p = u->proc;
  if (p->kind == KIND_EXEC && p->client && p->cap == 0 && !p->ended) {
    conn_send(p->client, u->err ? STREAM_STDERR : STREAM_STDOUT, 0, NULL, 0);
  }
}

static void pump_ready(struct handler *h, uint32_t events) {
  (void)events;
  struct pump *u = container_of(h, struct pump, h);
  switch (pump_step(u)) {
  case MORE:
    if (u->tty) {
      loop_mod(h, events_of(u)); // asks for the edge again
    }
    break;
  case EMPTY:
    break;
  case BLOCKED:
    pause_pump(u);
    break;
  case ENDED:
    pump_close(u);
    tell_end(u);
    stream_pump_ended(u->proc);
    break;
  }
}

void pump_drain(struct pump *u) {
  // At most what a pipe can hold, so that a writer that lives on cannot keep the loop here.
  for (size_t turns = 0; u->open && turns < 256; turns++) {
    enum outcome o = pump_step(u);
    if (o == ENDED) {
      pump_close(u);
      return;
    }
    if (o != MORE) {
      return;
    }
  }
}

void pump_limit(struct pump *u) {
  if (!u->open) {
    return;
  }
  int there = 0;
  u->left = ioctl(u->h.fd, FIONREAD, &there) == 0 ? there : 0;
  if (!u->paused) { // an empty pipe reports nothing: look once more by hand
    pause_pump(u);
  }
  if (!u->proc->client || !conn_blocked(u->proc->client)) {
    pump_drain(u);
    pump_resume(u);
  }
}

int pump_open(struct pump *u, int fd, bool tty) {
  u->h.ready = pump_ready;
  u->tty = tty;
  int flags = fcntl(fd, F_GETFL);
  if (u->proc->log) {
    void *held =
        mmap(NULL, u->proc->launch.log_line_max + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    u->held = held == MAP_FAILED ? NULL : held;
  }
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || (u->proc->log && !u->held) ||
      loop_add(&u->h, fd, events_of(u)) < 0) {
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
  }
  u->open = true;
  return 0;
}

void pump_close(struct pump *u) {
  loop_close(&u->h);
  u->open = u->paused = false;
  if (u->held) {
    munmap(u->held, u->proc->launch.log_line_max + 1);
    u->held = NULL;
  }
}

static void resume_logged(struct proc *p, void *arg) {
  (void)arg;
  if (p->log) {
    pump_resume(&p->out);
    pump_resume(&p->err);
  }
}

void pump_log_room(void) {
  proc_each(resume_logged, NULL);
}
