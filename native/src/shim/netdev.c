#include "netdev.h"

#include "children.h"
#include "fd.h"
#include "fdpass.h"
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE_MAX 4
#define TEXT_MAX 65536

// A descriptor of /proc/self/net/dev of one namespace; it keeps that namespace alive, so it goes when the path no longer names it.
struct view {
  bool used;
  dev_t dev;
  ino_t ino;
  int fd; // -1 while its child is at work
  struct child child;
  int link; // receives the descriptor
  struct ticket ticket;
};

static struct view cache[CACHE_MAX];

static void answer(const struct view *v, const struct ticket *t) {
  static char text[TEXT_MAX];
  size_t len = 0;
  ssize_t n;
  while (len < sizeof text && (n = pread(v->fd, text + len, sizeof text - len, (off_t)len)) > 0) {
    len += (size_t)n;
  }
  writer_blob(reply_begin(), text, (uint32_t)len);
  reply_end(t);
}

static void drop(struct view *v) {
  fd_drop(&v->fd);
  fd_drop(&v->link);
  v->used = false;
}

static int send_view(int link, const char *path) {
  if (netns_enter(path) < 0) {
    return -1;
  }
  FD_AUTO int fd = open("/proc/self/net/dev", O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return -1;
  }
  return fd_send(link, "n", 1, fd);
}

static int receive_view(int link) {
  char byte;
  union {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec iov = {.iov_base = &byte, .iov_len = 1};
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (recvmsg(link, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&msg) ||
      control.head.cmsg_len != CMSG_LEN(sizeof(int))) {
    return -1;
  }
  int fd;
  memcpy(&fd, CMSG_DATA(&control.head), sizeof fd);
  return fd;
}

static void child_done(struct child *c, int status) {
  struct view *v = container_of(c, struct view, child);
  v->fd = status == 0 ? receive_view(v->link) : -1;
  fd_drop(&v->link);
  if (v->fd < 0) {
    reply_error(&v->ticket, status > 0 && status < 128 ? status : EIO, "cannot look into the network namespace");
    drop(v);
  } else {
    answer(v, &v->ticket);
  }
}

static int spawn(struct view *v, const char *path) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
    return -1;
  }
  FD_AUTO int theirs = ends[1];
  v->link = ends[0];
  pid_t pid = child_clone(-1, NULL);
  if (pid == 0) {
    child_reset_signals();
    child_close_all_but(theirs, -1);
    _exit(send_view(theirs, path) < 0 ? errno & 127 : 0);
  }
  v->child = (struct child){.pid = pid, .done = child_done};
  if (pid < 0 || child_watch(&v->child) < 0) {
    if (pid > 0) {
      kill(pid, SIGKILL);
    }
    return -1;
  }
  return 0;
}

void netdev_request(const struct ticket *t, struct reader *r) {
  const char *path = reader_path(r);
  struct stat st;
  if (reader_end(r) < 0) {
    reply_error(t, EBADMSG, "malformed NETDEV");
    return;
  }
  int known = stat(path, &st);
  struct view *free_row = NULL;
  for (struct view *v = cache; v < cache + CACHE_MAX; v++) {
    if (v->used && v->fd >= 0 && known == 0 && v->dev == st.st_dev && v->ino == st.st_ino) {
      answer(v, t);
      return;
    }
    if (v->used && v->fd >= 0) {
      drop(v);
    }
    free_row = v->used ? free_row : v;
  }
  if (known < 0) {
    reply_error(t, errno, "cannot look into the network namespace %s", path);
    return;
  }
  if (!free_row) {
    reply_error(t, EAGAIN, "%d network namespaces are being entered", CACHE_MAX);
    return;
  }
  *free_row = (struct view){.used = true, .dev = st.st_dev, .ino = st.st_ino, .fd = -1, .link = -1, .ticket = *t};
  if (spawn(free_row, path) < 0) {
    reply_error(t, errno, "cannot fork for the network namespace %s", path);
    drop(free_row);
  }
}
