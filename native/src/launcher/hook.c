// Hooks: those of the container's namespaces run here, the others in the command line's front.
#include "hook.h"
#include "compat.h"
#include "fd.h"
#include "launch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define HOW_MAX 64
#define EXEC_FAILED 127
#define UMASK 022

char **read_vector(struct reader *r, uint32_t *count) {
  *count = reader_list(r, 5);
  char **vector =
      mmap(NULL, ((size_t)*count + 1) * sizeof(char *), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (vector == MAP_FAILED)
    return NULL;
  for (uint32_t i = 0; i < *count; i++)
    vector[i] = (char *)(uintptr_t)reader_str(r);
  return vector;
}

int read_state(struct reader *r, int pid, char *to, size_t size) {
  uint32_t count = reader_list(r, 5);
  size_t len = 0;
  to[0] = 0;
  for (uint32_t i = 0; i < count; i++) {
    const char *part = reader_str(r);
    int n = i ? snprintf(to + len, size - len, "%d%s", pid, part) : snprintf(to, size, "%s", part);
    if (n < 0 || (size_t)n >= size - len) {
      errno = EMSGSIZE;
      return -1;
    }
    len += (size_t)n;
  }
  return 0;
}

// clone, not fork: no handlers of a library may run here, and a filter may answer clone3 with ENOSYS.
static pid_t fork_plain(void) {
  return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static _Noreturn void become_hook(const struct hook *h, int in, int out) {
  setpgid(0, 0);
  umask(UMASK);
  uint64_t none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
  signal(SIGPIPE, SIG_DFL);
  if (dup2(in, STDIN_FILENO) == STDIN_FILENO && dup2(out, STDOUT_FILENO) == STDOUT_FILENO &&
      dup2(out, STDERR_FILENO) == STDERR_FILENO && close_range(STDERR_FILENO + 1, ~0U, 0) == 0)
    execve(h->path, h->argv, h->env);
  const char *why = strerrordesc_np(errno);
  if (why)
    (void)!write(STDERR_FILENO, why, strlen(why));
  _exit(EXEC_FAILED);
}

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct talk {
  const struct hook *hook;
  struct hook_end *end;
  int in, out; // our ends of the pipes
  size_t sent, heard;
};

static void send_state(struct talk *t) {
  ssize_t n = write(t->in, t->hook->state + t->sent, t->hook->state_len - t->sent);
  if (n > 0)
    t->sent += (size_t)n;
  // A hook need not read its state.
  if (t->sent == t->hook->state_len || (n < 0 && errno != EAGAIN && errno != EINTR))
    fd_drop(&t->in);
}

static void hear_output(struct talk *t) {
  char rest[4096];
  size_t room = sizeof t->end->output - 1 - t->heard;
  ssize_t n = read(t->out, room ? t->end->output + t->heard : rest, room ? room : sizeof rest);
  if (n > 0 && room)
    t->heard += (size_t)n;
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    fd_drop(&t->out);
}

// Until the process ends: false when its time is over.
static bool talk(struct talk *t, int process, int64_t deadline) {
  for (;;) {
    struct pollfd fds[3] = {
        {.fd = process, .events = POLLIN}, {.fd = t->in, .events = POLLOUT}, {.fd = t->out, .events = POLLIN}};
    int64_t left = deadline ? deadline - now_ms() : -1;
    if (deadline && left <= 0)
      return false;
    if (poll(fds, 3, (int)left) < 0 && errno != EINTR)
      return false;
    if (fds[1].revents)
      send_state(t);
    if (fds[2].revents)
      hear_output(t);
    else if (fds[0].revents)
      return true;
  }
}

static int await_hook(struct talk *t, pid_t pid) {
  int64_t deadline = t->hook->timeout_ms ? now_ms() + t->hook->timeout_ms : 0;
  FD_AUTO int process = pidfd_open(pid, 0);
  bool ended = process >= 0 && talk(t, process, deadline);
  if (!ended) {
    t->end->timed_out = true;
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
  }
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return -1;
  t->end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  t->end->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return 0;
}

int hook_run(const struct hook *h, struct hook_end *end) {
  int in[2], out[2];
  memset(end, 0, sizeof *end);
  if (pipe2(in, O_CLOEXEC) < 0)
    return -1;
  FD_AUTO int in_read = in[0];
  struct talk t = {.hook = h, .end = end, .in = in[1], .out = -1};
  if (pipe2(out, O_CLOEXEC) < 0) {
    fd_drop(&t.in);
    return -1;
  }
  FD_AUTO int out_write = out[1];
  t.out = out[0];
  fcntl(t.in, F_SETFL, O_NONBLOCK);
  fcntl(t.out, F_SETFL, O_NONBLOCK);
  signal(SIGPIPE, SIG_IGN);
  pid_t pid = fork_plain();
  if (pid == 0)
    become_hook(h, in_read, out_write);
  fd_drop(&in_read);
  fd_drop(&out_write);
  int rc = pid < 0 ? -1 : await_hook(&t, pid);
  fd_drop(&t.in);
  fd_drop(&t.out);
  return rc;
}

// How it ended, in the words that callers know from runc: "exit status 2", "signal: bad system call".
static void describe(const struct hook_end *end, char *to, size_t size) {
  const char *name = sigdescr_np(end->signal);
  if (end->signal == 0)
    snprintf(to, size, "exit status %d", end->code);
  else if (!name)
    snprintf(to, size, "signal: signal %d", end->signal);
  else
    snprintf(to, size, "signal: %c%s", *name | 0x20, name + 1);
}

static int judge(struct launch *l, const char *name, const struct hook_end *end, uint32_t timeout_ms) {
  char text[DETAIL_MAX + 1];
  if (end->timed_out)
    snprintf(text, sizeof text, "error running %s: hook ran past specified timeout of %u.%us", name, timeout_ms / 1000,
             timeout_ms % 1000 / 100);
  else if (end->code == 0)
    return 0;
  else {
    char how[HOW_MAX];
    describe(end, how, sizeof how);
    snprintf(text, sizeof text, "error running %s: %s, output: %.120s", name, how, end->output);
  }
  return fail_with(l, ECANCELED, text);
}

int op_hook(struct launch *l, struct reader *r) {
  static char state[HOOK_STATE_MAX];
  const char *name = reader_str(r);
  struct hook h = {.path = reader_path(r)};
  uint32_t argc, envc;
  char **argv = read_vector(r, &argc);
  char **env = read_vector(r, &envc);
  h.timeout_ms = reader_u32(r);
  if (!argv || !env || argc == 0)
    return fail_with(l, EINVAL, name);
  if (read_state(r, getpid(), state, sizeof state) < 0)
    return fail(l, name);
  h.argv = argv;
  h.env = env;
  h.state = state;
  h.state_len = strlen(state);
  struct hook_end end;
  return hook_run(&h, &end) < 0 ? fail(l, name) : judge(l, name, &end, h.timeout_ms);
}
