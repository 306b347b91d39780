#include "procs.h"

#include "compat.h"
#include "fd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

#define START_FIELD 22
#define FIELD_AFTER_NAME 3

// The program's name may hold blanks and brackets: fields are counted after its last one.
static int start_of(pid_t pid, uint64_t *start) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (n <= 0)
    return -1;
  text[n] = 0;
  char *at = strrchr(text, ')');
  for (int field = FIELD_AFTER_NAME; at && field <= START_FIELD; field++)
    at = strchr(at + 1, ' ');
  if (!at)
    return -1;
  *start = strtoull(at + 1, NULL, 10);
  return 0;
}

int process_open(pid_t pid, uint64_t start) {
  uint64_t now;
  int fd = pidfd_open(pid, 0);
  if (fd >= 0 && start_of(pid, &now) == 0 && now == start)
    return fd;
  fd_drop(&fd);
  errno = ESRCH;
  return -1;
}

int process_kill(pid_t pid, uint64_t start, int signal) {
  FD_AUTO int fd = process_open(pid, start);
  if (fd < 0)
    return errno;
  return pidfd_send_signal(fd, signal, NULL, 0) < 0 ? errno : 0;
}
