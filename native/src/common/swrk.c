#include "swrk.h"

#include "compat.h"
#include "fd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u
#endif

#define FIRST_FILE 32 // above what stdio and a restored task's own files take

int swrk_open(struct swrk *s, struct reader *paths, const char **failed) {
  uint32_t count = reader_list(paths, 5);
  *failed = "the list of files";
  if (count > SWRK_FILES_MAX) {
    errno = E2BIG;
    return -1;
  }
  for (; s->file_count < count; s->file_count++) {
    *failed = reader_path(paths);
    FD_AUTO int fd = open(*failed, O_RDONLY | O_CLOEXEC);
    int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FILE);
    if (high < 0) {
      return -1;
    }
    s->files[s->file_count] = high;
  }
  return 0;
}

static void say_why(const char *program, int err) {
  char text[4200];
  const char *why = strerrordesc_np(err);
  int n = snprintf(text, sizeof text, "cannot execute %s: %s\n", program, why ? why : "unknown error");
  if (n > 0 && write(2, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1) < 0) {
    return; // nobody reads
  }
}

static bool keep_open(int fd) {
  return fcntl(fd, F_SETFD, 0) == 0;
}

static _Noreturn void become_criu(const struct swrk *s, int socket, char **argv, char *const *env, const int *stdio) {
  for (int sig = 1; sig < NSIG; sig++) {
    signal(sig, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int i = 0; i < 3; i++) {
    if (stdio[i] >= 0 && dup2(stdio[i], i) < 0) {
      _exit(127);
    }
  }
  bool kept = close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == 0 && keep_open(socket);
  for (uint32_t i = 0; i < s->file_count; i++) {
    kept = kept && keep_open(s->files[i]);
  }
  if (kept) {
    execve(argv[0], argv, env);
    say_why(argv[0], errno);
  }
  _exit(127);
}

int swrk_spawn(struct swrk *s, char **argv, uint32_t argc, char *const *env, const int *stdio,
               pid_t (*clone_child)(void)) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
    return -1;
  }
  FD_AUTO int ours = pair[0];
  FD_AUTO int low = pair[1];
  FD_AUTO int theirs = fcntl(low, F_DUPFD_CLOEXEC, FIRST_FILE);
  char number[16];
  snprintf(number, sizeof number, "%d", theirs);
  argv[argc] = number;
  argv[argc + 1] = NULL;
  pid_t pid = theirs < 0 ? -1 : clone_child();
  if (pid == 0) {
    become_criu(s, theirs, argv, env, stdio);
  }
  if (pid < 0) {
    return -1;
  }
  s->pid = pid;
  s->socket = fd_take(&ours);
  return 0;
}

int swrk_say(const struct swrk *s, const void *message, size_t len) {
  return send(s->socket, message, len, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

ssize_t swrk_hear(const struct swrk *s, void *message, int *fd, int flags) {
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec iov = {.iov_base = message, .iov_len = SWRK_MESSAGE_MAX};
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  *fd = -1;
  ssize_t n;
  do {
    n = recvmsg(s->socket, &msg, flags | MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n < 0) {
    return errno == ECONNRESET ? 0 : -1;
  }
  const struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
  if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int))) {
    memcpy(fd, CMSG_DATA(c), sizeof *fd);
  }
  if (msg.msg_flags & MSG_TRUNC) {
    fd_drop(fd);
    errno = EMSGSIZE;
    return -1;
  }
  return n;
}

void swrk_close(struct swrk *s) {
  fd_drop(&s->socket);
  while (s->file_count > 0) {
    fd_drop(&s->files[--s->file_count]);
  }
}
