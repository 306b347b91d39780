#include "run.h"

#include "children.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#define RUNS_MAX 16
#define WORDS_MAX 1024
#define LINGER_MS 500 // a grandchild may hold the pipes after the program's end: what came until then counts

struct run;

struct output {
  struct handler h;
  struct run *run;
  uint8_t *data; // `max` bytes
  uint32_t len;
};

struct run {
  bool used;
  struct child child;
  struct ticket ticket;
  uint8_t *frame; // the request, in which result_path and input lie
  size_t frame_len;
  const char *result_path;
  struct blob input;
  uint32_t input_at;
  struct handler in;
  struct output out, err;
  uint32_t max;
  struct timer timer;
  bool ended, timed_out;
  int code;
};

static struct run runs[RUNS_MAX];
static struct ticket settlers[4];

bool run_any(void) {
  for (size_t i = 0; i < RUNS_MAX; i++) {
    if (runs[i].used) {
      return true;
    }
  }
  return false;
}

static void answer_settlers(void) {
  if (run_any()) {
    return;
  }
  for (size_t i = 0; i < sizeof settlers / sizeof *settlers; i++) {
    if (settlers[i].used) {
      reply_empty(&settlers[i]);
      settlers[i].used = false;
    }
  }
}

static void run_free(struct run *u) {
  timer_clear(&u->timer);
  loop_close(&u->in);
  loop_close(&u->out.h);
  loop_close(&u->err.h);
  payload_free(u->out.data, u->max);
  payload_free(u->err.data, u->max);
  payload_free(u->frame, u->frame_len);
  u->used = false;
  answer_settlers();
}

static int write_result(const struct run *u) {
  char tmp[4200];
  snprintf(tmp, sizeof tmp, "%s.tmp", u->result_path);
  FD_AUTO int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return -1;
  }
  for (uint32_t at = 0; at < u->out.len;) {
    ssize_t n = write(fd, u->out.data + at, u->out.len - at);
    if (n <= 0) {
      return -1;
    }
    at += (uint32_t)n;
  }
  return rename(tmp, u->result_path);
}

static void finish(struct run *u) {
  if (*u->result_path && write_result(u) < 0) {
    reply_error(&u->ticket, errno, "cannot write the result %s", u->result_path);
  } else {
    struct writer *w = reply_begin();
    writer_i32(w, u->code);
    writer_u8(w, u->timed_out);
    writer_blob(w, u->out.data, u->out.len);
    writer_blob(w, u->err.data, u->err.len);
    reply_end(&u->ticket);
  }
  run_free(u);
}

static void finish_if_done(struct run *u) {
  if (u->ended && u->out.h.fd < 0 && u->err.h.fd < 0) {
    finish(u);
  }
}

static bool read_output(struct output *o) {
  uint8_t overflow[4096];
  uint32_t room = o->run->max - o->len;
  ssize_t n = read(o->h.fd, room ? o->data + o->len : overflow, room ? room : sizeof overflow);
  if (n > 0) {
    o->len += room ? (uint32_t)n : 0;
    return true;
  }
  if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
    loop_close(&o->h);
  }
  return false;
}

static void output_ready(struct handler *h, uint32_t events) {
  (void)events;
  struct output *o = container_of(h, struct output, h);
  read_output(o);
  finish_if_done(o->run);
}

static void input_ready(struct handler *h, uint32_t events) {
  (void)events;
  struct run *u = container_of(h, struct run, in);
  ssize_t n = write(h->fd, u->input.data + u->input_at, u->input.len - u->input_at);
  if (n > 0) {
    u->input_at += (uint32_t)n;
  }
  if (u->input_at == u->input.len || (n < 0 && errno != EAGAIN && errno != EINTR)) {
    loop_close(h);
  }
}

static void linger_over(struct timer *t) {
  struct run *u = container_of(t, struct run, timer);
  loop_close(&u->out.h);
  loop_close(&u->err.h);
  finish(u);
}

static void program_done(struct child *c, int status) {
  struct run *u = container_of(c, struct run, child);
  u->ended = true;
  u->code = status;
  u->timer.fire = linger_over;
  timer_set(&u->timer, u->timed_out ? 0 : LINGER_MS);
  for (int i = 0; i < 512 && u->out.h.fd >= 0 && read_output(&u->out); i++) {
  }
  for (int i = 0; i < 512 && u->err.h.fd >= 0 && read_output(&u->err); i++) {
  }
  finish_if_done(u);
}

static void kill_group(struct run *u) {
  u->timed_out = true;
  kill(-u->child.pid, SIGKILL);
  kill(u->child.pid, SIGKILL); // in case it has not yet made its group
}

static void run_timed_out(struct timer *t) {
  kill_group(container_of(t, struct run, timer));
}

static void say_why(const char *program, int err) {
  char text[4200];
  const char *why = strerrordesc_np(err);
  int n = snprintf(text, sizeof text, "cannot execute %s: %s\n", program, why ? why : "unknown error");
  if (n > 0 && write(2, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1) < 0) {
    return; // nobody reads
  }
}

static _Noreturn void in_child(char **argv, char **env, const int *fds) {
  child_reset_signals();
  if (setpgid(0, 0) < 0 || dup2(fds[0], 0) < 0 || dup2(fds[1], 1) < 0 || dup2(fds[2], 2) < 0) {
    _exit(127);
  }
  child_close_all_but(-1, -1);
  execve(argv[0], argv, env);
  say_why(argv[0], errno);
  _exit(127);
}

static bool read_words(struct reader *r, char **to) {
  uint32_t n = reader_list(r, 5);
  if (n > WORDS_MAX) {
    return false;
  }
  for (uint32_t i = 0; i < n; i++) {
    to[i] = (char *)(uintptr_t)reader_str(r);
  }
  to[n] = NULL;
  return !r->bad;
}

static uint8_t *output_pages(uint32_t len) {
  void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

static int spawn(struct run *u, char **argv, char **env) {
  FD_AUTO int in_r = -1;
  FD_AUTO int in_w = -1;
  FD_AUTO int out_r = -1;
  FD_AUTO int out_w = -1;
  FD_AUTO int err_r = -1;
  FD_AUTO int err_w = -1;
  int in[2];
  int out[2];
  int err[2];
  if (pipe2(in, O_CLOEXEC) < 0) {
    return -1;
  }
  in_r = in[0];
  in_w = in[1];
  if (pipe2(out, O_CLOEXEC) < 0) {
    return -1;
  }
  out_r = out[0];
  out_w = out[1];
  if (pipe2(err, O_CLOEXEC) < 0) {
    return -1;
  }
  err_r = err[0];
  err_w = err[1];
  u->out.data = output_pages(u->max);
  u->err.data = output_pages(u->max);
  if (!u->out.data || !u->err.data || fcntl(in_w, F_SETFL, O_NONBLOCK) < 0 || fcntl(out_r, F_SETFL, O_NONBLOCK) < 0 ||
      fcntl(err_r, F_SETFL, O_NONBLOCK) < 0) {
    return -1;
  }
  pid_t pid = child_clone(-1, NULL);
  if (pid == 0) {
    in_child(argv, env, (const int[]){in_r, out_w, err_w});
  }
  u->child.pid = pid;
  if (pid < 0 || child_watch(&u->child) < 0) {
    if (pid > 0) {
      kill(pid, SIGKILL);
    }
    return -1;
  }
  setpgid(pid, pid);
  // The table of descriptors is the only thing epoll_ctl could fail for, and then the program ends at its time-out.
  loop_add(&u->out.h, fd_take(&out_r), EPOLLIN);
  loop_add(&u->err.h, fd_take(&err_r), EPOLLIN);
  if (u->input.len > 0) {
    loop_add(&u->in, fd_take(&in_w), EPOLLOUT);
  }
  return 0;
}

static struct run *run_new(const struct ticket *t) {
  for (size_t i = 0; i < RUNS_MAX; i++) {
    struct run *u = &runs[i];
    if (!u->used) {
      *u = (struct run){.used = true, .ticket = *t, .child.done = program_done};
      u->in = (struct handler){.fd = -1, .ready = input_ready};
      u->out = (struct output){.run = u, .h = {.fd = -1, .ready = output_ready}};
      u->err = (struct output){.run = u, .h = {.fd = -1, .ready = output_ready}};
      return u;
    }
  }
  return NULL;
}

void run_request(const struct ticket *t, struct reader *r) {
  static char *argv[WORDS_MAX + 1];
  static char *env[WORDS_MAX + 1];
  bool whole = read_words(r, argv) && read_words(r, env);
  struct blob input = reader_blob(r);
  uint32_t timeout_ms = reader_u32(r);
  uint32_t max = reader_u32(r);
  const char *result = reader_path(r);
  if (!whole || reader_end(r) < 0 || !argv[0] || argv[0][0] != '/' || max > WIRE_BLOB_MAX) {
    reply_error(t, EINVAL,
                "RUN takes an absolute program, at most 1024 words each of argv and env, and at most 1 MiB of output");
    return;
  }
  struct run *u = run_new(t);
  if (!u) {
    reply_error(t, EAGAIN, "%d programs run already", RUNS_MAX);
    return;
  }
  struct conn *c = conn_of(t);
  u->frame_len = c->payload_len;
  u->frame = conn_take_payload(c);
  u->result_path = result;
  u->input = input;
  u->max = max ? max : 4096;
  if (spawn(u, argv, env) < 0) {
    reply_error(t, errno, "cannot start %s", argv[0]);
    run_free(u);
    return;
  }
  if (timeout_ms > 0) {
    u->timer.fire = run_timed_out;
    timer_set(&u->timer, timeout_ms);
  }
}

void run_settle(const struct ticket *t, struct reader *r) {
  bool kills = reader_u8(r);
  if (reader_end(r) < 0) {
    reply_error(t, EBADMSG, "malformed SETTLE");
    return;
  }
  for (size_t i = 0; kills && i < RUNS_MAX; i++) {
    if (runs[i].used && !runs[i].ended) {
      kill_group(&runs[i]);
    }
  }
  for (size_t i = 0; i < sizeof settlers / sizeof *settlers; i++) {
    if (!settlers[i].used || !conn_of(&settlers[i])) {
      settlers[i] = *t;
      answer_settlers();
      return;
    }
  }
  reply_error(t, EAGAIN, "too many wait already");
}
