#include "watch.h"

#include "compat.h"
#include "console.h"
#include "fd.h"
#include "notify.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define DRAIN_MS 100

static bool end_of(pid_t init, int *code) {
  bool ended = false;
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
    if (pid == init) {
      *code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      ended = true;
    }
  return ended;
}

static bool take_signal(int fd, const struct started *s, int *code) {
  struct signalfd_siginfo info;
  if (read(fd, &info, sizeof info) != sizeof info)
    return false;
  int signal = (int)info.ssi_signo;
  if (signal == SIGCHLD)
    return end_of(s->init, code);
  if (signal == SIGWINCH && s->console >= 0)
    console_resize(s->console);
  else if (signal != SIGPIPE && signal != SIGURG)
    kill(s->init, signal);
  return false;
}

// What the program wrote last.
static void drain(int console) {
  struct pollfd fd = {.fd = console, .events = POLLIN};
  while (console >= 0 && poll(&fd, 1, DRAIN_MS) > 0 && console_copy(console, STDOUT_FILENO))
    ;
}

static int serve(struct started *s, int signals) {
  struct pollfd fds[4] = {{.fd = signals, .events = POLLIN},
                          {.fd = s->console, .events = POLLIN},
                          {.fd = s->console >= 0 ? STDIN_FILENO : -1, .events = POLLIN},
                          {.fd = notify_socket(), .events = POLLIN}};
  int code = 0;
  if (end_of(s->init, &code))
    return code;
  while (poll(fds, 4, -1) >= 0 || errno == EINTR) {
    if (fds[0].revents && take_signal(signals, s, &code))
      return code;
    if (fds[1].revents && !console_copy(s->console, STDOUT_FILENO))
      fds[1].fd = -1;
    if (fds[2].revents && !console_copy(STDIN_FILENO, s->console))
      fds[2].fd = -1;
    if (fds[3].revents)
      notify_take(s->init);
    fds[3].fd = notify_socket();
  }
  return 1;
}

int watch_process(struct started *s) {
  sigset_t all;
  sigfillset(&all);
  FD_AUTO int signals = signalfd(-1, &all, SFD_CLOEXEC);
  if (signals < 0)
    return 1;
  if (s->console >= 0)
    console_raw(s->console);
  int code = serve(s, signals);
  notify_rest(s->init);
  drain(s->console);
  console_restore();
  fd_drop(&s->console);
  return code;
}
