// A seccomp agent for tests: listens at argv[1], prints the message that it gets, answers one notification with errno 77.
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path)
    return 2;
  strcpy(address.sun_path, argv[1]);
  int server = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 1) < 0)
    return 3;
  puts("ready");
  fflush(stdout);
  int peer = accept(server, NULL, NULL), listener = -1;
  char text[65536], control[CMSG_SPACE(sizeof(int))];
  struct iovec iov = {.iov_base = text, .iov_len = sizeof text - 1};
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t n = recvmsg(peer, &msg, 0);
  struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
  if (n <= 0 || !cmsg)
    return 4;
  memcpy(&listener, CMSG_DATA(cmsg), sizeof listener);
  text[n] = 0;
  puts(text);
  fflush(stdout);
  struct seccomp_notif request;
  memset(&request, 0, sizeof request);
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
    return 5;
  struct seccomp_notif_resp answer = {.id = request.id, .error = -77};
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0 ? 6 : 0;
}
