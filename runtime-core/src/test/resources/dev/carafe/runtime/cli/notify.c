// Two ends of sd_notify(3). listen PATH COUNT: a service manager that prints COUNT messages and how many descriptors came with each. say TEXT: a
// program's word to $NOTIFY_SOCKET.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address(const char *path) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  strncpy(a.sun_path, path, sizeof a.sun_path - 1);
  return a;
}

static int hear(int fd, int count) {
  while (count-- > 0) {
    char text[512];
    int passed;
    char control[CMSG_SPACE(sizeof passed)];
    struct iovec iov = {text, sizeof text - 1};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(fd, &msg, 0);
    if (n < 0)
      return 1;
    text[n] = 0;
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    printf("%s+%d\n", text, c != NULL);
    fflush(stdout);
    if (c) {
      memcpy(&passed, CMSG_DATA(c), sizeof passed);
      close(passed);
    }
  }
  return 0;
}

int main(int argc, char **argv) {
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (argc == 4 && strcmp(argv[1], "listen") == 0) {
    struct sockaddr_un a = address(argv[2]);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0)
      return 1;
    alarm(120); // a test that waits for what never comes ends
    puts("listening");
    fflush(stdout);
    return hear(fd, atoi(argv[3]));
  }
  const char *to = getenv("NOTIFY_SOCKET");
  if (argc != 3 || !to)
    return 2;
  struct sockaddr_un a = address(to);
  return sendto(fd, argv[2], strlen(argv[2]), 0, (struct sockaddr *)&a, sizeof a) < 0;
}
