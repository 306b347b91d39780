#include "fdpass.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

int fd_send(int socket, const void *bytes, size_t length, int fd) {
  union {
    char bytes[CMSG_SPACE(sizeof fd)];
    struct cmsghdr align;
  } control = {0};
  struct iovec iov = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
  struct msghdr msg = {
      .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
  cmsg->cmsg_level = SOL_SOCKET;
  cmsg->cmsg_type = SCM_RIGHTS;
  cmsg->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(cmsg), &fd, sizeof fd);
  ssize_t n;
  do
    n = sendmsg(socket, &msg, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t)length ? 0 : -1;
}
