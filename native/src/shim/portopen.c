#include "portopen.h"

#include "children.h"
#include "fd.h"
#include "netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define RELAYS_MAX 256

struct relay {
  bool used;
  struct child child;
};

static struct relay relays[RELAYS_MAX];

// ---- in the child

static int connect_to(uint16_t port) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  FD_AUTO int four = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (four >= 0 && connect(four, (struct sockaddr *)&v4, sizeof v4) == 0) {
    return fd_take(&four);
  }
  int first = errno;
  FD_AUTO int six = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (six >= 0 && connect(six, (struct sockaddr *)&v6, sizeof v6) == 0) {
    return fd_take(&six);
  }
  errno = first;
  return -1;
}

static int write_all(int fd, const char *data, size_t len) {
  while (len > 0) {
    ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) {
      return -1;
    }
    data += n > 0 ? n : 0;
    len -= n > 0 ? (size_t)n : 0;
  }
  return 0;
}

// One direction until its end, then that end is passed on.
static void pass_on(int from, int to) {
  char data[16384];
  ssize_t n;
  while ((n = read(from, data, sizeof data)) > 0 || (n < 0 && errno == EINTR)) {
    if (n > 0 && write_all(to, data, (size_t)n) < 0) {
      break;
    }
  }
  shutdown(to, SHUT_WR);
  shutdown(from, SHUT_RD);
}

static _Noreturn void relay_child(const struct ticket *t, int client, const char *path, uint16_t port) {
  child_reset_signals();
  child_close_all_but(client, -1);
  prctl(PR_SET_PDEATHSIG, 9);
  int target = netns_enter(path) < 0 ? -1 : connect_to(port);
  int err = target < 0 ? errno : 0;
  int flags = fcntl(client, F_GETFL);
  if (flags < 0 || fcntl(client, F_SETFL, flags & ~O_NONBLOCK) < 0) {
    _exit(1);
  }
  if (err) {
    reply_error(t, err, "cannot connect to port %u of the pod", port);
    _exit(0);
  }
  reply_empty(t);
  // Blocking both ways is simplest with a process a direction.
  pid_t other = child_clone(-1, NULL);
  if (other < 0) {
    _exit(1);
  }
  if (other == 0) {
    prctl(PR_SET_PDEATHSIG, 9);
    pass_on(target, client);
    _exit(0);
  }
  pass_on(client, target);
  waitpid(other, NULL, 0);
  _exit(0);
}

// ---- on the loop

static void relay_done(struct child *c, int status) {
  (void)status;
  container_of(c, struct relay, child)->used = false;
}

void portopen_request(struct conn *c, const struct ticket *t, struct reader *r) {
  const char *path = reader_path(r);
  uint16_t port = reader_u16(r);
  if (reader_end(r) < 0 || port == 0) {
    reply_error(t, EINVAL, "PORT_OPEN takes a path and a port from 1 to 65535");
    return;
  }
  struct relay *free_row = NULL;
  for (struct relay *v = relays; v < relays + RELAYS_MAX; v++) {
    free_row = v->used ? free_row : v;
  }
  if (!free_row) {
    reply_error(t, EAGAIN, "%d connections are forwarded already", RELAYS_MAX);
    return;
  }
  pid_t pid = child_clone(-1, NULL);
  if (pid == 0) {
    relay_child(t, c->h.fd, path, port);
  }
  *free_row = (struct relay){.used = true, .child = {.pid = pid, .done = relay_done}};
  if (pid < 0 || child_watch(&free_row->child) < 0) {
    int err = errno;
    if (pid > 0) {
      kill(pid, SIGKILL);
    }
    free_row->used = false;
    reply_error(t, err, "cannot fork for port %u", port);
    return;
  }
  conn_abandon(c);
}
