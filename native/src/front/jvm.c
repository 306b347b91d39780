#include "jvm.h"

#include "compat.h"
#include "fd.h"
#include "swrk.h"
#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define ARGS_MAX 65536
#define ARGV_MAX 4096
#define FIRST_FD 3 // the JVM reads from 3 and writes to 4

// The text with each @home@ replaced by the tree's directory: -1 when it does not fit.
static int expand(char *to, size_t size, const char *from, const char *home) {
  static const char place[] = "@home@";
  size_t len = 0, home_len = strlen(home);
  while (*from) {
    bool here = strncmp(from, place, sizeof place - 1) == 0;
    const char *part = here ? home : from;
    size_t n = here ? home_len : 1;
    if (len + n >= size)
      return -1;
    memcpy(to + len, part, n);
    len += n;
    from += here ? sizeof place - 1 : 1;
  }
  to[len] = 0;
  return 0;
}

// A line each; an empty line ends it.
static int read_args(char *text, size_t size, char **argv, size_t max) {
  static char raw[ARGS_MAX];
  char path[PATH_MAX], home[PATH_MAX];
  if (tree_path(path, sizeof path, "lib/oci.args") < 0 || tree_path(home, sizeof home, "") < 0) {
    perror("/proc/self/exe");
    return -1;
  }
  FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t len = fd < 0 ? -1 : read(fd, raw, sizeof raw - 1);
  if (len < 0) {
    fprintf(stderr, "%s: %s: expected the Java command that carafe runs, one argument a line\n", path, strerror(errno));
    return -1;
  }
  raw[len] = 0;
  if (expand(text, size, raw, home) < 0) {
    fprintf(stderr, "%s: longer than %zu bytes\n", path, size);
    return -1;
  }
  size_t count = 0;
  for (char *save, *line = strtok_r(text, "\n", &save); line && count < max; line = strtok_r(NULL, "\n", &save))
    argv[count++] = line;
  return (int)count;
}

// stdio is the caller's. A signal from the terminal is the front's to handle; when the front dies the JVM does too.
static _Noreturn void become_jvm(pid_t front, int in, int out, char **argv) {
  static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
  static const char *const unwanted[] = {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH"};
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
    signal(ignored[i], SIG_IGN);
  signal(SIGPIPE, SIG_DFL);
  for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
    unsetenv(unwanted[i]);
  // It reads the bytes of paths, and the kernel's errors, by its locale: in C it takes no name that is not ASCII.
  setenv("LC_ALL", "C.UTF-8", 1);
  int high_in = fcntl(in, F_DUPFD, 16), high_out = fcntl(out, F_DUPFD, 16);
  // A JVM does not start in a directory that was deleted.
  if (high_in < 0 || high_out < 0 || chdir("/") < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != front ||
      dup2(high_in, FIRST_FD) < 0 || dup2(high_out, FIRST_FD + 1) < 0 || close_range(FIRST_FD + 2, ~0U, 0) < 0)
    _exit(1);
  execv(argv[0], argv);
  fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
  _exit(1);
}

int jvm_start(struct jvm *j, const char *name, char **argv) {
  static char text[2 * ARGS_MAX];
  static char *args[ARGV_MAX + 1];
  static char cwd[PATH_MAX];
  int count = read_args(text, sizeof text, args, ARGV_MAX / 2);
  if (count <= 0)
    return -1;
  args[count++] = (char *)(uintptr_t)name;
  args[count++] = getcwd(cwd, sizeof cwd) ? cwd : "/";
  for (; *argv && count < ARGV_MAX; argv++)
    args[count++] = *argv;
  if (*argv) {
    fprintf(stderr, "%s: too many arguments: expected at most %d\n", name, ARGV_MAX / 2);
    return -1;
  }
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0) {
    perror("pipe");
    return -1;
  }
  pid_t self = getpid();
  j->pid = fork();
  if (j->pid == 0)
    become_jvm(self, in[0], out[1], args);
  close(in[0]);
  close(out[1]);
  j->to = in[1];
  j->from = out[0];
  if (j->pid < 0)
    perror("fork");
  return j->pid < 0 ? -1 : 0;
}

// 1, 0 at the end, -1 on failure.
static int read_all(int fd, uint8_t *buf, size_t len) {
  for (size_t done = 0; done < len;) {
    ssize_t n = read(fd, buf + done, len - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return (int)n;
    done += (size_t)n;
  }
  return 1;
}

int jvm_read(struct jvm *j, struct reader *r) {
  static uint8_t launch[FRAME_MAX], other[FRAME_MAX];
  uint8_t header[5];
  int rc = read_all(j->from, header, sizeof header);
  if (rc <= 0)
    return rc;
  struct reader h = reader_of(header, sizeof header);
  uint32_t len = reader_u32(&h);
  uint8_t type = reader_u8(&h);
  if (len > FRAME_MAX || type == 0) {
    errno = EBADMSG;
    return -1;
  }
  uint8_t *buf = type == JVM_LAUNCH ? launch : other;
  if (len > 0 && (rc = read_all(j->from, buf, len)) <= 0)
    return rc;
  *r = reader_of(buf, len);
  return type;
}

void jvm_send(struct jvm *j, enum to_jvm type, const struct writer *payload) {
  uint8_t buf[SWRK_MESSAGE_MAX + 64];
  struct writer w = writer_on(buf, sizeof buf);
  writer_u32(&w, (uint32_t)payload->len);
  writer_u8(&w, (uint8_t)type);
  writer_bytes(&w, payload->buf, payload->len);
  if (writer_end(&w) == 0 && j->to >= 0)
    (void)!write(j->to, buf, w.len);
}

void jvm_end(struct jvm *j) {
  fd_drop(&j->to);
  fd_drop(&j->from);
  while (j->pid > 0 && waitpid(j->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  j->pid = 0;
}
