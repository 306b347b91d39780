// One case a request of PROTOCOL.md section 3.
#include "criu.h"
#include "launch.h"
#include "netdev.h"
#include "portopen.h"
#include "run.h"
#include "server.h"
#include "signals.h"
#include "stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum request_type {
  HELLO = 1,
  COMMIT,
  START,
  GO,
  SIGNAL,
  LIST,
  FORGET,
  SUBSCRIBE,
  REOPEN_LOG,
  RESIZE,
  EXEC,
  ATTACH,
  RUN,
  NETDEV,
  SHUTDOWN,
  PORT_OPEN,
  SETTLE,
  CRIU
};

static void malformed(const struct ticket *t) {
  reply_error(t, EBADMSG, "malformed request of type %u", t->type);
}

static void on_hello(const struct ticket *t, struct reader *r) {
  uint32_t version = reader_u32(r);
  reader_str_max(r, 255);
  if (reader_end(r) < 0) {
    malformed(t);
    return;
  }
  if (version < SHIM_PROTOCOL) {
    reply_error(t, EPROTONOSUPPORT, "this shim speaks version %u, not %u", SHIM_PROTOCOL, version);
    return;
  }
  struct writer *w = reply_begin();
  writer_u32(w, SHIM_PROTOCOL);
  writer_str(w, SHIM_BUILD);
  writer_i32(w, getpid());
  writer_str(w, server_pod());
  reply_end(t);
}

static void count_one(struct proc *p, void *arg) {
  (void)p;
  ++*(uint32_t *)arg;
}

static void encode_one(struct proc *p, void *arg) {
  proc_encode(arg, p);
}

static void on_list(const struct ticket *t) {
  uint32_t count = 0;
  proc_each(count_one, &count);
  struct writer *w = reply_begin();
  writer_u32(w, count);
  proc_each(encode_one, w);
  reply_end(t);
}

static void on_forget(const struct ticket *t, const char *id) {
  struct proc *p = proc_find(id);
  if (!p) {
    reply_empty(t); // forgotten before: the answer got lost
    return;
  }
  if (proc_alive(p) || p->exit_pending || p->kind == KIND_EXEC) {
    reply_error(t, EBUSY, "%s lives", id);
    return;
  }
  if (*p->launch.exit_path && unlink(p->launch.exit_path) < 0 && errno != ENOENT) {
    reply_error(t, errno, "cannot remove the exit record of %s", id);
    return;
  }
  proc_free(p);
  reply_empty(t);
}

static void log_reopened(struct log *l, int err, void *arg) {
  (void)l;
  struct proc *p = arg;
  if (err) {
    reply_error(&p->reopen, err, "cannot open the log %s", p->launch.log_path);
  } else {
    reply_empty(&p->reopen);
  }
  p->reopen.used = false;
}

static void on_reopen(const struct ticket *t, const char *id) {
  struct proc *p = proc_find(id);
  if (!p || !p->log || !proc_alive(p)) {
    reply_error(t, p ? ESRCH : ENOENT, "no running process %s with a log", id);
    return;
  }
  if (log_reopen(p->log, log_reopened, p) < 0) {
    reply_error(t, errno, "the log of %s is being opened already", id);
    return;
  }
  p->reopen = *t;
}

static void on_resize(const struct ticket *t, const char *id, uint16_t rows, uint16_t cols) {
  struct proc *p = proc_find(id);
  if (!p) {
    reply_error(t, ENOENT, "no process %s", id);
  } else if (stream_resize(p, rows, cols) < 0) {
    reply_error(t, errno, "cannot resize the terminal of %s", id);
  } else {
    reply_empty(t);
  }
}

static void on_attach(struct conn *c, const struct ticket *t, const char *id, uint8_t want) {
  struct proc *p = proc_find(id);
  if (!p || p->kind == KIND_EXEC) {
    reply_error(t, ENOENT, "no container %s", id);
  } else if (!proc_alive(p) || p->exit_pending) {
    reply_error(t, ESRCH, "%s does not run", id);
  } else {
    reply_empty(t);
    stream_attach(c, p, want);
  }
}

static void on_id(struct conn *c, const struct ticket *t, struct reader *r) {
  const char *id = reader_str_max(r, ID_MAX);
  uint32_t sig = 0;
  uint8_t flags[3] = {0};
  uint16_t rows = 0;
  uint16_t cols = 0;
  if (t->type == SIGNAL) {
    sig = reader_u32(r);
    flags[0] = reader_u8(r);
  } else if (t->type == RESIZE) {
    rows = reader_u16(r);
    cols = reader_u16(r);
  } else if (t->type == ATTACH) {
    for (int i = 0; i < 3; i++) {
      flags[i] = reader_u8(r);
    }
  }
  if (reader_end(r) < 0) {
    malformed(t);
    return;
  }
  switch (t->type) {
  case GO:
    launch_go(t, id);
    break;
  case SIGNAL:
    signals_request(t, id, sig, flags[0]);
    break;
  case FORGET:
    on_forget(t, id);
    break;
  case REOPEN_LOG:
    on_reopen(t, id);
    break;
  case RESIZE:
    on_resize(t, id, rows, cols);
    break;
  default:
    on_attach(c, t, id,
              (uint8_t)((flags[0] ? WANT_STDIN : 0) | (flags[1] ? WANT_STDOUT : 0) | (flags[2] ? WANT_STDERR : 0)));
    break;
  }
}

static void on_plain(struct conn *c, const struct ticket *t, const struct reader *r) {
  if (reader_end(r) < 0) {
    malformed(t);
    return;
  }
  switch (t->type) {
  case COMMIT:
    server_commit();
    reply_empty(t);
    break;
  case LIST:
    on_list(t);
    break;
  case SUBSCRIBE:
    c->subscribed = true;
    reply_empty(t);
    break;
  default:
    server_shutdown(t);
    break;
  }
}

void dispatch(struct conn *c, uint16_t type, uint32_t id, const uint8_t *payload, uint32_t len) {
  struct ticket t = conn_ticket(c, type, id);
  struct reader r = reader_of(payload, len);
  switch (type) {
  case HELLO:
    on_hello(&t, &r);
    break;
  case COMMIT:
  case LIST:
  case SUBSCRIBE:
  case SHUTDOWN:
    on_plain(c, &t, &r);
    break;
  case START:
  case EXEC:
    launch_request(c, &t, &r, type == EXEC ? LAUNCH_EXEC : LAUNCH_START);
    break;
  case CRIU:
    launch_request(c, &t, &r, LAUNCH_CRIU);
    break;
  case GO:
  case SIGNAL:
  case FORGET:
  case REOPEN_LOG:
  case RESIZE:
  case ATTACH:
    on_id(c, &t, &r);
    break;
  case RUN:
    run_request(&t, &r);
    break;
  case SETTLE:
    run_settle(&t, &r);
    break;
  case NETDEV:
    netdev_request(&t, &r);
    break;
  case PORT_OPEN:
    portopen_request(c, &t, &r);
    break;
  default:
    reply_error(&t, ENOSYS, "unknown request type %u", type);
    break;
  }
}
