#include "serve.h"

#include "fd.h"
#include "hook.h"
#include "inroot.h"
#include "notify.h"
#include "procs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTENT_MAX (1 << 20)
#define CONTENT_PART 16384

void answer_number(struct jvm *j, enum to_jvm type, int number) {
  uint8_t buf[4];
  struct writer w = writer_on(buf, sizeof buf);
  writer_i32(&w, number);
  jvm_send(j, type, &w);
}

static void kill_for(struct jvm *j, struct reader *r) {
  pid_t pid = reader_i32(r);
  uint64_t start = reader_u64(r);
  int signal = reader_i32(r);
  answer_number(j, FRONT_KILLED, process_kill(pid, start, signal));
}

// A hook without an environment has the caller's.
static void hook_for(struct jvm *j, struct reader *r) {
  struct hook h = {.path = reader_path(r)};
  const char *dir = reader_path(r);
  uint32_t argc, envc;
  h.argv = read_vector(r, &argc);
  char **env = read_vector(r, &envc);
  h.env = envc ? env : environ;
  h.timeout_ms = reader_u32(r);
  h.state = reader_str(r);
  h.state_len = strlen(h.state);
  struct hook_end end = {0};
  int rc = -1;
  errno = EBADMSG;
  if (reader_end(r) == 0 && h.argv && env && argc > 0 && chdir(dir) == 0)
    rc = hook_run(&h, &end);
  uint8_t buf[HOOK_OUTPUT_MAX + 32];
  struct writer w = writer_on(buf, sizeof buf);
  writer_i32(&w, rc < 0 ? errno : 0);
  writer_i32(&w, end.code);
  writer_u8(&w, end.timed_out);
  writer_str_cut(&w, end.output, HOOK_OUTPUT_MAX);
  jvm_send(j, FRONT_HOOKED, &w);
}

// stdout and stderr of a JVM that is not our child.
static void print_for(int to, struct reader *r) {
  for (size_t left; (left = reader_left(r)) > 0;) {
    ssize_t n = write(to, r->at, left);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return;
    reader_bytes(r, (size_t)n);
  }
}

static void notify_for(struct jvm *j, struct reader *r) {
  const char *path = reader_path(r);
  int rc = notify_open(path, reader_path(r));
  answer_number(j, FRONT_NOTIFYING, rc < 0 ? errno : 0);
}

static void await_ready_for(struct jvm *j, struct reader *r) {
  pid_t pid = reader_i32(r);
  notify_wait(pid, reader_u64(r));
  answer_number(j, FRONT_READY, 0);
}

// -1 where there is none, or it is longer than anybody asks for.
static int open_content(const char *root, const char *path) {
  FD_AUTO int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  FD_AUTO int fd = dir < 0 ? -1 : inroot_open_regular(dir, path);
  struct stat st;
  return fd < 0 || fstat(fd, &st) < 0 || st.st_size > CONTENT_MAX ? -1 : fd_take(&fd);
}

static void read_for(struct jvm *j, struct reader *r) {
  uint8_t part[CONTENT_PART];
  const char *root = reader_path(r);
  const char *path = reader_path(r);
  FD_AUTO int fd = reader_end(r) < 0 ? -1 : open_content(root, path);
  ssize_t n;
  size_t sent = 0;
  do {
    n = fd < 0 || sent >= CONTENT_MAX ? 0 : read(fd, part, sizeof part);
    struct writer w = {.buf = part, .cap = sizeof part, .len = n > 0 ? (size_t)n : 0};
    sent += w.len;
    jvm_send(j, FRONT_CONTENT, &w);
  } while (n > 0);
}

bool serve_common(struct jvm *j, int type, struct reader *r) {
  if (type == JVM_KILL)
    kill_for(j, r);
  else if (type == JVM_HOOK)
    hook_for(j, r);
  else if (type == JVM_OUT)
    print_for(STDOUT_FILENO, r);
  else if (type == JVM_ERR)
    print_for(STDERR_FILENO, r);
  else if (type == JVM_NOTIFY)
    notify_for(j, r);
  else if (type == JVM_AWAIT_READY)
    await_ready_for(j, r);
  else if (type == JVM_READ)
    read_for(j, r);
  else
    return false;
  return true;
}
