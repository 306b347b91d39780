#include "console.h"

#include "compat.h"
#include "fd.h"
#include "fdpass.h"

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

int console_send(int socket, int master) {
  unsigned number;
  char name[32];
  if (ioctl(master, TIOCGPTN, &number) < 0)
    return -1;
  snprintf(name, sizeof name, "/dev/pts/%u", number);
  return fd_send(socket, name, strlen(name), master);
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
