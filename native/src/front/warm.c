#include "warm.h"

#include "console.h"
#include "fd.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_US 300000
#define CALL_MAX (256u * 1024u)
#define WARM_VERSION 1u

// What needs the caller's own process, or its stdin as it is.
static bool is_for_cold(char *const *argv) {
  static const char *const words[] = {"ps", "checkpoint", "restore", "-", "--resources=-", "-r=-", NULL};
  for (; *argv; argv++)
    for (const char *const *word = words; *word; word++)
      if (strcmp(*argv, *word) == 0)
        return true;
  return false;
}

static void write_list(struct writer *w, char *const *words) {
  size_t at = w->len;
  uint32_t count = 0;
  writer_u32(w, 0);
  for (; *words; words++, count++)
    writer_str(w, *words);
  writer_patch_u32(w, at, count);
}

// Of the environment only what the runtime reads.
static void write_environment(struct writer *w) {
  static const char *const names[] = {
      "LISTEN_FDS=", "LISTEN_PID=", "NOTIFY_SOCKET=", "XDG_RUNTIME_DIR=", "USER=", NULL};
  size_t at = w->len;
  uint32_t count = 0;
  writer_u32(w, 0);
  for (char **e = environ; *e; e++)
    for (const char *const *name = names; *name; name++)
      if (strncmp(*e, *name, strlen(*name)) == 0) {
        writer_str(w, *e);
        count++;
      }
  writer_patch_u32(w, at, count);
}

static int send_call(int socket, const char *name, char *const *argv) {
  static uint8_t buf[CALL_MAX];
  char cwd[PATH_MAX];
  struct writer w = writer_on(buf, sizeof buf);
  writer_u32(&w, 0);
  writer_u8(&w, FRONT_CALL);
  writer_u32(&w, WARM_VERSION);
  writer_i32(&w, getpid());
  writer_str(&w, name);
  writer_str(&w, getcwd(cwd, sizeof cwd) ? cwd : "/");
  write_list(&w, argv);
  write_environment(&w);
  writer_patch_u32(&w, 0, (uint32_t)w.len - 5);
  return writer_end(&w) == 0 && send(socket, buf, w.len, MSG_NOSIGNAL) == (ssize_t)w.len ? 0 : -1;
}

static void set_patience(int socket, long us) {
  struct timeval t = {.tv_usec = us};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
}

int warm_start(struct jvm *j, const char *name, char **argv) {
  const char *path = getenv("CARAFE_FRONT_SOCKET");
  if (!path)
    path = WARM_SOCKET;
  if (!*path || is_for_cold(argv) || geteuid() != 0)
    return -1;
  FD_AUTO int socket = socket_connect(path);
  if (socket < 0)
    return -1;
  set_patience(socket, PATIENCE_US);
  struct reader r;
  struct jvm warm = {.from = socket, .to = socket};
  if (send_call(socket, name, argv) < 0 || jvm_read(&warm, &r) != JVM_WARM)
    return -1;
  set_patience(socket, 0);
  struct writer none = {.len = 0};
  jvm_send(&warm, FRONT_PROCEED, &none);
  *j = (struct jvm){.from = socket, .to = fcntl(socket, F_DUPFD_CLOEXEC, 3)};
  if (j->to < 0)
    return -1;
  (void)fd_take(&socket);
  return 0;
}
