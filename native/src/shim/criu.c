#include "criu.h"

#include "exits.h"
#include "fd.h"
#include "launch.h"
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum criu_frame_type { CRIU_SAY = 118, CRIU_SAID, CRIU_ADOPT, CRIU_ADOPTED };

uint32_t criu_words(struct reader *r, char **to) {
  uint32_t n = reader_list(r, 5);
  if (n > CRIU_WORDS_MAX) {
    r->bad = true;
    return 0;
  }
  for (uint32_t i = 0; i < n; i++) {
    to[i] = (char *)(uintptr_t)reader_str(r);
  }
  to[n] = NULL;
  return n;
}

void criu_begun(struct proc *p) {
  for (size_t i = 0; i < WAITERS_MAX; i++) {
    if (!p->waiters[i].used) {
      continue;
    }
    struct writer *w = reply_begin();
    writer_i32(w, p->launcher);
    writer_u32(w, p->criu.file_count);
    for (uint32_t n = 0; n < p->criu.file_count; n++) {
      writer_i32(w, p->criu.files[n]);
    }
    reply_end(&p->waiters[i]);
    p->waiters[i].used = false;
  }
}

bool criu_hear(struct proc *p) {
  uint8_t message[SWRK_MESSAGE_MAX];
  struct swrk heard = {.socket = p->channel.fd};
  FD_AUTO int console = -1;
  ssize_t n = p->channel.fd < 0 ? 0 : swrk_hear(&heard, message, &console, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) {
    return false;
  }
  if (n <= 0) {
    loop_close(&p->channel);
  }
  if (n > 0 && console >= 0) {
    launch_take_console(p, fd_take(&console));
  }
  if (p->client) {
    conn_send(p->client, CRIU_SAID, 0, message, n > 0 ? (size_t)n : 0);
  }
  return n > 0;
}

static void let_go(struct proc *p) {
  struct conn *c = p->client;
  if (c) {
    p->client = NULL;
    c->proc = NULL;
    conn_close_drained(c);
  }
}

static void rest_killed(struct child *c, int status) {
  (void)status;
  proc_free(container_of(c, struct proc, killer));
}

// Nothing was adopted, and nothing will be.
static void give_up(struct proc *p) {
  let_go(p);
  p->failing = true;
  if (p->kind == KIND_CONTAINER && p->launch.cgroup_count > 0) {
    p->killer.done = rest_killed;
    if (signals_cgroup_child(&p->killer, p, SIGKILL) == 0) {
      return;
    }
  }
  proc_free(p);
}

// What was restored belongs to the container from now on; criu has no more to say.
static void adopt(struct proc *p, pid_t pid) {
  siginfo_t info;
  p->pid = pid;
  p->pid_alive = true;
  p->execing = true;
  struct conn *c = p->client;
  loop_close(&p->channel);
  swrk_close(&p->criu);
  exits_claim(p);
  int err = p->pid_alive && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ? errno : 0;
  if (!err && p->state == STATE_STARTING) {
    p->state = STATE_RUNNING;
    p->started_at = clock_real();
  }
  struct writer *w = reply_begin();
  writer_i32(w, err);
  writer_i32(w, pid);
  writer_i64(w, p->started_at);
  conn_send_built(c, CRIU_ADOPTED);
  if (err) {
    p->pid_alive = false;
    give_up(p);
  } else {
    let_go(p);
  }
}

void criu_frame(struct conn *c, uint16_t type, const uint8_t *payload, uint32_t len) {
  struct proc *p = c->proc;
  struct reader r = reader_of(payload, len);
  if (!p) {
    return;
  }
  if (type == CRIU_SAY) {
    struct swrk told = {.socket = p->channel.fd};
    if (p->channel.fd < 0 || swrk_say(&told, payload, len) < 0) {
      conn_send(c, CRIU_SAID, 0, NULL, 0);
    }
    return;
  }
  pid_t pid = type == CRIU_ADOPT ? reader_i32(&r) : 0;
  if (reader_end(&r) == 0 && pid > 0 && p->kind == KIND_CONTAINER && p->state == STATE_STARTING) {
    adopt(p, pid);
  } else {
    conn_close(c);
  }
}

void criu_gone(struct proc *p) {
  p->client = NULL;
  if (p->state != STATE_STARTING || p->failing) {
    return;
  }
  loop_close(&p->channel);
  swrk_close(&p->criu);
  if (p->launcher == 0) {
    give_up(p);
  }
}

void criu_ended(struct proc *p) {
  while (criu_hear(p)) {
  }
  // Its last word may be of a process that is still to be adopted.
  if (!p->client || p->kind != KIND_CONTAINER) {
    give_up(p);
  }
}
