#include "notify.h"

#include "compat.h"
#include "console.h"
#include "fd.h"
#include "fdpass.h"
#include "procs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define MESSAGE_MAX 4096
#define BARRIER_MS 30000

static int from = -1; // bound for the program
static int to = -1; // connected to the host's

static int connect_host(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t len = strlen(name);
  if (len == 0 || len >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(address.sun_path, name, len);
  if (name[0] == '@')
    address.sun_path[0] = 0;
  FD_AUTO int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] != '@'));
  return fd < 0 || connect(fd, (struct sockaddr *)&address, size) < 0 ? -1 : fd_take(&fd);
}

// By the directory's descriptor: the path may be longer than an address.
static int bind_at(const char *path) {
  const char *name = strrchr(path, '/');
  char parent[4096];
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!name || snprintf(parent, sizeof parent, "%.*s", (int)(name - path), path) >= (int)sizeof parent) {
    errno = EINVAL;
    return -1;
  }
  FD_AUTO int dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
  FD_AUTO int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int n = snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d%s", dir, name);
  if (dir < 0 || fd < 0 || n >= (int)sizeof address.sun_path)
    return -1;
  if (unlinkat(dir, name + 1, 0) < 0 && errno != ENOENT)
    return -1;
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || fchmodat(dir, name + 1, 0777, 0) < 0)
    return -1;
  return fd_take(&fd);
}

int notify_open(const char *path, const char *host) {
  from = bind_at(path);
  to = from < 0 ? -1 : connect_host(host);
  if (to < 0)
    fd_drop(&from);
  return to < 0 ? -1 : 0;
}

int notify_socket(void) {
  return from;
}

// The manager closes its end of a pipe once it has read all that was sent before.
static void barrier(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0)
    return;
  int sent = fd_send(to, "BARRIER=1", strlen("BARRIER=1"), ends[1]);
  close(ends[1]);
  struct pollfd fd = {.fd = ends[0]};
  if (sent == 0)
    poll(&fd, 1, BARRIER_MS);
  close(ends[0]);
}

static bool is_ready(char *message) {
  for (char *line; (line = strsep(&message, "\n"));)
    if (strcmp(line, "READY=1") == 0)
      return true;
  return false;
}

void notify_take(pid_t pid) {
  char message[MESSAGE_MAX + 1], text[64];
  ssize_t n = recv(from, message, MESSAGE_MAX, MSG_DONTWAIT);
  if (n < 0)
    return;
  message[n] = 0;
  if (!is_ready(message))
    return;
  int len = snprintf(text, sizeof text, "MAINPID=%d\nREADY=1\n", pid);
  if (send(to, text, (size_t)len, MSG_NOSIGNAL) == len)
    barrier();
  fd_drop(&from);
  fd_drop(&to);
}

void notify_rest(pid_t pid) {
  struct pollfd fd = {.fd = from, .events = POLLIN};
  while (from >= 0 && poll(&fd, 1, 0) > 0)
    notify_take(pid);
}

void notify_wait(pid_t pid, uint64_t start) {
  FD_AUTO int process = process_open(pid, start);
  while (process >= 0 && from >= 0) {
    struct pollfd fds[2] = {{.fd = from, .events = POLLIN}, {.fd = process, .events = POLLIN}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR)
      return;
    if (fds[0].revents)
      notify_take(pid);
    else if (fds[1].revents)
      return;
  }
}
