// Feeds bytes to the shim's connections: framing, every request's decoder, launch checks. What would fork, log or end the shim is replaced below.
#include "children.h"
#include "conn.h"
#include "log.h"
#include "loop.h"
#include "server.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

pid_t child_clone(int cgroup, int *pidfd) {
  (void)cgroup;
  (void)pidfd;
  errno = EAGAIN;
  return -1;
}

int child_watch(struct child *c) {
  (void)c;
  errno = EAGAIN;
  return -1;
}

bool child_reaped(pid_t pid, int status) {
  (void)pid;
  (void)status;
  return false;
}

void child_reset_signals(void) {
}

void child_close_all_but(int a, int b) {
  (void)a;
  (void)b;
}

struct log *log_open(const char *path, void (*done)(struct log *l, int err, void *arg), void *arg) {
  (void)path;
  (void)done;
  (void)arg;
  errno = EAGAIN;
  return NULL;
}

int log_reopen(struct log *l, void (*done)(struct log *l, int err, void *arg), void *arg) {
  (void)l;
  (void)done;
  (void)arg;
  errno = EBUSY;
  return -1;
}

bool log_record(struct log *l, bool err_stream, bool full, const char *text, size_t len) {
  (void)l;
  (void)err_stream;
  (void)full;
  (void)text;
  (void)len;
  return true;
}

void log_close(struct log *l, void (*done)(struct log *l, int err, void *arg), void *arg) {
  done(l, 0, arg);
}

uint64_t log_mark(void) {
  return 0;
}

bool log_written(uint64_t mark) {
  (void)mark;
  return true;
}

const char *server_pod(void) {
  return "fuzz";
}

void server_commit(void) {
}

void server_shutdown(const struct ticket *t) {
  reply_empty(t);
}

void server_process_ended(void) {
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool ready;
  int ends[2];
  if (!ready) {
    ready = loop_init() == 0;
  }
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) {
    return 0;
  }
  if (conn_adopt(ends[0]) < 0) {
    close(ends[0]);
    close(ends[1]);
    return 0;
  }
  ssize_t n = send(ends[1], data, size, MSG_NOSIGNAL);
  for (ssize_t turn = 0; turn <= n / (ssize_t)FRAME_HEAD * 2 + 4; turn++) {
    loop_turn(0);
  }
  close(ends[1]);
  for (int turn = 0; turn < 8; turn++) {
    loop_turn(0);
  }
  return 0;
}
