// START and EXEC: from the frame to a process whose launcher is forked.
#include "criu.h"
#include "fd.h"
#include "launch.h"
#include "launcher.h"
#include "oom.h"
#include "ops.h"
#include "spawn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

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
  struct reader words;
};

static void skip_words(struct reader *r) {
  for (uint32_t i = reader_list(r, 5); i > 0; i--) {
    reader_str(r);
  }
}

static void parse(struct reader *r, struct request *q, enum launch_how how) {
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
  if (how == LAUNCH_CRIU) {
    q->words = *r;
    for (int i = 0; i < CRIU_LISTS; i++) {
      skip_words(r);
    }
  }
  if (how == LAUNCH_EXEC) {
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
static const char *complaint(const struct request *q, enum launch_how how) {
  bool exec = how == LAUNCH_EXEC;
  if (!id_is_plain(q->id)) {
    return "an id has 1 to 127 letters, digits, '_', '.' or '-'";
  }
  if (exec ? q->kind != KIND_EXEC : q->kind < KIND_CONTAINER || q->kind > KIND_POD_INIT || q->kind == KIND_EXEC) {
    return exec ? "EXEC takes kind 2" : "START takes kind 1, 3 or 4";
  }
  if (how == LAUNCH_CRIU && (q->kind == KIND_POD_INIT || q->plan.len > 0)) {
    return "CRIU takes kind 1 or 3, and no plan";
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

static void begin(struct proc *p) {
  uint8_t *frame = p->launch.frame;
  p->launch.frame = NULL;
  size_t len = p->launch.frame_len;
  if (p->launch.by_criu) {
    spawn_criu(p);
  } else {
    spawn_launcher(p);
  }
  payload_free(frame, len);
}

static void log_opened(struct log *l, int err, void *arg) {
  (void)l;
  struct proc *p = arg;
  if (p->forgotten) {
    return;
  }
  if (err) {
    launch_fail(p, err, NO_INDEX, 0, "cannot open the log %s", p->launch.log_path);
  } else {
    begin(p);
  }
}

static void start(struct proc *p) {
  const struct launch *l = &p->launch;
  if (*l->oom_path && oom_open(p, l->oom_path) < 0) {
    launch_fail(p, errno, NO_INDEX, 0, "cannot open the counter of OOM kills %s", l->oom_path);
    return;
  }
  if (!*l->log_path) {
    begin(p);
    return;
  }
  p->log = log_open(l->log_path, log_opened, p);
  if (!p->log) {
    launch_fail(p, errno, NO_INDEX, 0, "too many logs");
  }
}

void launch_request(struct conn *c, const struct ticket *t, struct reader *r, enum launch_how how) {
  struct request q = {0};
  bool alone = how != LAUNCH_START; // the connection is this process's
  parse(r, &q, how);
  if (reader_end(r) < 0) {
    reply_error(t, EBADMSG, "malformed launch");
    return;
  }
  const char *wrong = complaint(&q, how);
  if (wrong) {
    reply_error(t, EINVAL, "%s", wrong);
    return;
  }
  struct proc *p = proc_find(q.id);
  if (p && alone) {
    reply_error(t, EEXIST, "a process %s lives already", q.id);
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
  if (how != LAUNCH_CRIU && launcher_check(q.plan.data, q.plan.len, &f.index) < 0) {
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
  p->launch.by_criu = how == LAUNCH_CRIU;
  p->launch.words = q.words;
  p->launch.frame_len = c->payload_len;
  p->launch.frame = conn_take_payload(c);
  p->timeout_ms = q.timeout_ms;
  p->drain_ms = q.drain_ms;
  p->cap = q.cap;
  proc_wait(p, t);
  if (alone) {
    p->client = c;
    c->proc = p;
    c->mode = how == LAUNCH_CRIU ? CONN_CRIU : CONN_EXEC_STARTING;
    if (how == LAUNCH_EXEC) {
      conn_pause(c);
    }
  }
  start(p);
}
