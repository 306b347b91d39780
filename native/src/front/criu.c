#include "criu.h"

#include "console.h"
#include "fd.h"
#include "hook.h"
#include "swrk.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 16

static struct swrk worker = {.socket = -1};
static int console = -1; // of a restored terminal, until it is somebody's
static int console_socket = -1;

static void tell_begun(struct jvm *j, int err, const char *detail) {
  uint8_t buf[512];
  struct writer w = writer_on(buf, sizeof buf);
  writer_i32(&w, err);
  writer_i32(&w, worker.pid);
  writer_u32(&w, worker.file_count);
  for (uint32_t i = 0; i < worker.file_count; i++)
    writer_i32(&w, worker.files[i]);
  writer_str_cut(&w, detail, 255);
  jvm_send(j, FRONT_CRIU, &w);
}

static pid_t plain_fork(void) {
  return fork();
}

static int begin(struct reader *r, const char **detail) {
  uint8_t flags = reader_u8(r);
  const char *socket = reader_path(r);
  uint32_t argc, envc;
  char **words = read_vector(r, &argc);
  char **env = read_vector(r, &envc);
  char *argv[WORDS_MAX + 2];
  *detail = "the JVM's request";
  errno = EBADMSG;
  if (!words || !env || argc == 0 || argc > WORDS_MAX || worker.pid > 0)
    return -1;
  memcpy(argv, words, argc * sizeof *argv);
  if (swrk_open(&worker, r, detail) < 0)
    return -1;
  *detail = socket;
  if (*socket && (console_socket = socket_connect(socket)) < 0)
    return -1;
  *detail = argv[0];
  errno = EBADMSG;
  if (reader_end(r) < 0 ||
      swrk_spawn(&worker, argv, argc, envc ? env : environ, (const int[]){-1, -1, -1}, plain_fork) < 0)
    return -1;
  start_prepare(flags);
  return 0;
}

void criu_begin(struct jvm *j, struct reader *r) {
  const char *detail;
  int err = begin(r, &detail) < 0 ? errno : 0;
  if (err)
    swrk_close(&worker);
  tell_begun(j, err, detail);
}

static int end_of_worker(void) {
  int status = 0;
  swrk_close(&worker);
  while (worker.pid > 0 && waitpid(worker.pid, &status, 0) < 0 && errno == EINTR)
    ;
  worker = SWRK_NONE;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// A terminal's master comes with the message that tells of it.
static void take_console(int fd) {
  if (fd < 0)
    return;
  fd_drop(&console);
  console = fd;
  if (console_socket >= 0 && console_send(console_socket, console) == 0)
    fd_drop(&console);
}

void criu_say(struct jvm *j, struct reader *r) {
  static uint8_t message[SWRK_MESSAGE_MAX];
  static uint8_t buf[SWRK_MESSAGE_MAX + 8];
  struct writer w = writer_on(buf, sizeof buf);
  int fd = -1;
  size_t len = reader_left(r);
  ssize_t n =
      worker.socket < 0 || swrk_say(&worker, reader_bytes(r, len), len) < 0 ? 0 : swrk_hear(&worker, message, &fd, 0);
  take_console(fd);
  writer_i32(&w, n > 0 ? -1 : end_of_worker());
  writer_bytes(&w, message, n > 0 ? (size_t)n : 0);
  jvm_send(j, FRONT_SAID, &w);
}

void criu_end(struct jvm *j, struct reader *r, struct started *s) {
  uint8_t buf[8];
  struct writer w = writer_on(buf, sizeof buf);
  pid_t pid = reader_i32(r);
  siginfo_t info;
  int code = end_of_worker();
  int err = pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ? errno : 0;
  if (pid > 0 && err == 0)
    *s = (struct started){.init = pid, .console = fd_take(&console)};
  fd_drop(&console);
  fd_drop(&console_socket);
  writer_i32(&w, err);
  writer_i32(&w, code);
  jvm_send(j, FRONT_ENDED, &w);
}
