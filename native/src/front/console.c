#include "console.h"

#include "compat.h"
#include "fd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>

static struct termios before;
static bool is_raw;

int socket_connect(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(address.sun_path, path);
  FD_AUTO int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
    return -1;
  return fd_take(&fd);
}

int socket_send(int socket, const char *text, int fd) {
  struct iovec iov = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control = {0};
  struct msghdr msg = {
      .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
  cmsg->cmsg_level = SOL_SOCKET;
  cmsg->cmsg_type = SCM_RIGHTS;
  cmsg->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
  return sendmsg(socket, &msg, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int console_send(int socket, int master) {
  unsigned number;
  char name[32];
  if (ioctl(master, TIOCGPTN, &number) < 0)
    return -1;
  snprintf(name, sizeof name, "/dev/pts/%u", number);
  return socket_send(socket, name, master);
}

void console_restore(void) {
  if (is_raw)
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
  is_raw = false;
}

void console_resize(int master) {
  struct winsize size;
  if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
    ioctl(master, TIOCSWINSZ, &size);
}

void console_raw(int master) {
  if (tcgetattr(STDIN_FILENO, &before) < 0)
    return;
  console_resize(master);
  struct termios raw = before;
  cfmakeraw(&raw);
  // The lines come without carriage returns: a screen's own terminal adds them.
  raw.c_oflag |= before.c_oflag & OPOST;
  if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0)
    is_raw = true;
}

bool console_copy(int from, int to) {
  char buf[4096];
  ssize_t n = read(from, buf, sizeof buf);
  for (ssize_t done = 0; done < n;) {
    ssize_t w = write(to, buf + done, (size_t)(n - done));
    if (w < 0 && errno != EINTR)
      return false;
    done += w > 0 ? w : 0;
  }
  return n > 0;
}
