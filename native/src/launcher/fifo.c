// The wait for the command line's `start`, which is another process than the one that made us.
#include "compat.h"
#include "launch.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static int check_file(const char *file) {
  struct stat st;
  if (stat(file, &st) < 0 || access(file, X_OK) < 0)
    return -1;
  if (S_ISREG(st.st_mode))
    return 0;
  errno = EACCES;
  return -1;
}

static int check_by_path(const char *name, const char *dir) {
  char file[PATH_MAX];
  int error = ENOENT;
  for (;;) {
    size_t len = strcspn(dir, ":");
    int n =
        len ? snprintf(file, sizeof file, "%.*s/%s", (int)len, dir, name) : snprintf(file, sizeof file, "./%s", name);
    if (n > 0 && (size_t)n < sizeof file) {
      if (check_file(file) == 0)
        return 0;
      if (errno == EACCES)
        error = EACCES;
    }
    if (!dir[len])
      break;
    dir += len + 1;
  }
  errno = error;
  return -1;
}

// Only what execve would say too is a failure: a seccomp filter that is already on may refuse the question.
static int check_program(const char *name, const char *path) {
  int rc = strchr(name, '/') ? check_file(name) : check_by_path(name, path);
  return rc < 0 && (errno == ENOENT || errno == EACCES || errno == ENOTDIR) ? -1 : 0;
}

static void end(int signal) {
  _exit(128 + signal);
}

// The init of a pid namespace does not hear what it has no handler for. Who waits here can be ended as the program could.
static int hear_signals(void) {
  static const int ENDING[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
  for (size_t i = 0; i < sizeof ENDING / sizeof *ENDING; i++)
    if (signal(ENDING[i], end) == SIG_ERR)
      return -1;
  return 0;
}

// What an ordinary user may not look at he can't join either, as exec does before start. Nobody else sees it in a pid namespace of its own.
static int show_to_user(const struct launch *l) {
  return l->by_user && l->own_pids ? prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) : 0;
}

int op_park_fifo(struct launch *l, struct reader *r) {
  int fifo = slot_get(l, reader_u16(r));
  const char *name = reader_str(r);
  const char *path = reader_str(r);
  struct stat st;
  if (fifo < 0)
    return -1;
  if (fstat(fifo, &st) < 0 || !S_ISFIFO(st.st_mode))
    return fail_with(l, EINVAL, "no FIFO");
  if (check_program(name, path) < 0)
    return fail(l, name);
  if (hear_signals() < 0)
    return fail(l, "signals");
  if (show_to_user(l) < 0)
    return fail(l, "PR_SET_DUMPABLE");
  if (send_plain(l, MSG_PARKED) < 0)
    _exit(1);
  char byte;
  ssize_t n;
  do
    n = read(fifo, &byte, 1);
  while (n < 0 && errno == EINTR);
  return n == 1 ? 0 : fail(l, "FIFO");
}
