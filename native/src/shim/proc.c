#include "proc.h"

#include "oom.h"
#include "pump.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct proc procs[PROCS_MAX];
static size_t used_up_to;

#define EACH(p) for (struct proc *p = procs; p < procs + used_up_to; p++)

struct proc *proc_find(const char *id) {
  EACH(p) {
    if (p->used && !p->forgotten && strcmp(p->id, id) == 0) {
      return p;
    }
  }
  return NULL;
}

struct proc *proc_by_launcher(pid_t pid) {
  EACH(p) {
    if (p->used && p->launcher == pid) {
      return p;
    }
  }
  return NULL;
}

struct proc *proc_by_pid(pid_t pid) {
  EACH(p) {
    if (p->used && p->pid == pid && p->pid_alive) {
      return p;
    }
  }
  return NULL;
}

struct proc *proc_new(const char *id, enum kind kind) {
  size_t i = 0;
  while (i < PROCS_MAX && procs[i].used) {
    i++;
  }
  if (i == PROCS_MAX) {
    errno = ENFILE;
    return NULL;
  }
  used_up_to = i >= used_up_to ? i + 1 : used_up_to;
  struct proc *p = &procs[i];
  *p = (struct proc){.used = true, .kind = kind};
  strncpy(p->id, id, ID_MAX);
  p->channel.fd = p->in.fd = p->out.h.fd = p->err.h.fd = p->oom.h.fd = p->oom.fd = -1;
  p->out.proc = p->err.proc = p;
  p->criu = SWRK_NONE;
  p->out.left = p->err.left = -1;
  p->err.err = true;
  return p;
}

static void row_free(struct proc *p) {
  if (p->launch.text) {
    munmap(p->launch.text, p->launch.text_len);
  }
  p->used = false;
  while (used_up_to > 0 && !procs[used_up_to - 1].used) {
    used_up_to--;
  }
}

static void log_closed(struct log *l, int err, void *arg) {
  (void)l;
  (void)err;
  struct proc *p = arg;
  p->log_closing = false;
  if (p->forgotten) {
    row_free(p);
  }
}

void proc_close_log(struct proc *p) {
  if (p->log && !p->out.open && !p->err.open) {
    p->log_closing = true; // the path lies in this row's text: the row stays until the writer is done
    struct log *l = p->log;
    p->log = NULL;
    log_close(l, log_closed, p);
  }
}

void proc_free(struct proc *p) {
  p->forgotten = true;
  payload_free(p->launch.frame, p->launch.frame_len);
  p->launch.frame = NULL;
  loop_close(&p->channel);
  swrk_close(&p->criu);
  pump_close(&p->out);
  pump_close(&p->err);
  loop_close(&p->in);
  oom_close(p);
  timer_clear(&p->deadline);
  timer_clear(&p->flush);
  proc_close_log(p);
  if (!p->log_closing) {
    row_free(p);
  }
}

void proc_each(void (*fn)(struct proc *, void *), void *arg) {
  EACH(p) {
    if (p->used && !p->forgotten) {
      fn(p, arg);
    }
  }
}

bool proc_alive(const struct proc *p) {
  return p->state == STATE_STARTING || p->state == STATE_PARKED || p->state == STATE_RUNNING;
}

bool proc_any_alive(void) {
  EACH(p) {
    if (p->used && !p->forgotten && (proc_alive(p) || p->exit_pending)) {
      return true;
    }
  }
  return false;
}

bool proc_any_starting(void) {
  EACH(p) {
    if (p->used && p->state == STATE_STARTING) {
      return true;
    }
  }
  return false;
}

void proc_encode(struct writer *w, const struct proc *p) {
  writer_str(w, p->id);
  writer_u8(w, (uint8_t)p->kind);
  writer_u8(w, (uint8_t)p->state);
  writer_i32(w, p->pid);
  writer_i64(w, p->started_at);
  writer_i64(w, p->finished_at);
  writer_i32(w, p->exit_code);
  writer_i32(w, p->signal);
  writer_u32(w, p->oom_kills);
  writer_i32(w, p->failure.err);
  writer_u32(w, p->failure.err ? p->failure.index : NO_INDEX);
  writer_u16(w, p->failure.op);
  writer_u32(w, p->failure.item);
  writer_str(w, p->failure.message);
}

void proc_answer_one(struct proc *p, const struct ticket *t) {
  if (p->state == STATE_FAILED) {
    reply_failure(t, &p->failure);
    return;
  }
  struct writer *w = reply_begin();
  writer_i32(w, p->pid);
  writer_i64(w, p->started_at);
  writer_u8(w, (uint8_t)p->state);
  reply_end(t);
}

void proc_answer(struct proc *p) {
  for (size_t i = 0; i < WAITERS_MAX; i++) {
    if (p->waiters[i].used) {
      proc_answer_one(p, &p->waiters[i]);
      p->waiters[i].used = false;
    }
  }
}

int proc_wait(struct proc *p, const struct ticket *t) {
  for (size_t i = 0; i < WAITERS_MAX; i++) {
    if (!p->waiters[i].used || !conn_of(&p->waiters[i])) {
      p->waiters[i] = *t;
      return 0;
    }
  }
  errno = EAGAIN;
  return -1;
}

static void send_event(struct conn *c, void *type) {
  if (c->subscribed) {
    conn_send_built(c, *(const uint16_t *)type);
  }
}

static void broadcast(uint16_t type) {
  conn_each(send_event, &type);
}

void event_exited(struct proc *p) {
  proc_encode(reply_begin(), p);
  broadcast(100);
}

void event_oom(struct proc *p) {
  writer_str(reply_begin(), p->id);
  broadcast(101);
}

void event_warn(struct proc *p, const struct failure *f) {
  struct writer *w = reply_begin();
  writer_str(w, p->id);
  writer_u32(w, f->index);
  writer_u16(w, f->op);
  writer_i32(w, f->err);
  writer_u32(w, f->item);
  writer_str(w, f->message);
  broadcast(102);
}
