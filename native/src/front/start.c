#include "start.h"

#include "compat.h"
#include "console.h"
#include "fd.h"
#include "fdpass.h"
#include "inherited.h"
#include "launch.h"
#include "launcher.h"
#include "listener.h"
#include "procs.h"
#include "sealed.h"
#include "serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define FLAG_FOREGROUND 1
#define FLAG_SUBREAPER 2
#define FLAG_HELD 4
#define NO_INDEX 0xffffffffu

struct request {
  uint8_t flags;
  pid_t target;
  uint64_t target_start;
  const char *fifo;
  const char *console_socket;
  const char *pidfd_socket;
  unsigned preserve;
  const char *listener_socket;
  struct reader listener_state;
  const uint8_t *plan;
  uint32_t len;
};

// One running launcher.
struct hearing {
  struct jvm *jvm;
  const struct request *request;
  int channel;
  int console_socket;
  pid_t launcher;
  pid_t init;
  int console;
  unsigned parked;
  bool executing, failed, given_up;
};

static int read_request(struct reader *r, struct request *q) {
  q->flags = reader_u8(r);
  q->target = reader_i32(r);
  q->target_start = reader_u64(r);
  q->fifo = reader_path(r);
  q->console_socket = reader_path(r);
  q->pidfd_socket = reader_path(r);
  q->preserve = reader_u16(r);
  q->listener_socket = reader_path(r);
  q->listener_state = *r;
  for (uint32_t i = reader_list(r, 5); i > 0; i--)
    reader_str(r);
  q->len = reader_u32(r);
  q->plan = reader_bytes(r, q->len);
  return reader_end(r);
}

static void tell_failure(struct jvm *j, enum to_jvm type, const uint8_t *failure, size_t len) {
  struct writer w = {.buf = (uint8_t *)(uintptr_t)failure, .len = len};
  jvm_send(j, type, &w);
}

static bool refuse(struct jvm *j, const char *what) {
  uint8_t buf[512];
  struct writer w = writer_on(buf, sizeof buf);
  writer_u32(&w, NO_INDEX);
  writer_u16(&w, 0);
  writer_i32(&w, errno);
  writer_u32(&w, 0);
  writer_str_cut(&w, what, DETAIL_MAX);
  jvm_send(j, FRONT_FAILED, &w);
  return false;
}

static void reap(pid_t pid) {
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
    ;
}

// The JVM writes its record first: a create that is killed from here on can be cleaned up.
static bool ask_for_go(struct hearing *h, enum to_jvm why, int *exit_code) {
  struct reader r;
  int type;
  answer_number(h->jvm, why, h->init);
  do
    type = jvm_read(h->jvm, &r);
  while (serve_common(h->jvm, type, &r));
  if (type == JVM_GO)
    return write(h->channel, "", 1) == 1;
  *exit_code = type == JVM_EXIT ? reader_u8(&r) : 1;
  h->given_up = true;
  return false;
}

static void take_console(struct hearing *h, struct msghdr *msg) {
  struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
  if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
    return;
  memcpy(&h->console, CMSG_DATA(cmsg), sizeof(int));
  if (h->console_socket >= 0 && console_send(h->console_socket, h->console) == 0)
    fd_drop(&h->console);
}

static bool hand_on_listener(struct hearing *h, int number) {
  const struct request *q = h->request;
  if (listener_send(h->init, number, q->listener_socket, q->listener_state) == 0)
    return write(h->channel, "", 1) == 1;
  char text[DETAIL_MAX + 1];
  snprintf(text, sizeof text, "failed to connect with seccomp agent \"%s\"", q->listener_socket);
  h->failed = true;
  return refuse(h->jvm, text);
}

// One message: false when there is nothing more to hear.
static bool hear(struct hearing *h, int *exit_code) {
  uint8_t buf[1024];
  struct iovec iov = {.iov_base = buf, .iov_len = sizeof buf};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct msghdr msg = {
      .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t n = recvmsg(h->channel, &msg, MSG_CMSG_CLOEXEC);
  if (n <= 0)
    return n < 0 && errno == EINTR;
  struct reader r = reader_of(buf, (size_t)n);
  switch (reader_u8(&r)) {
  case MSG_PID:
    h->init = reader_i32(&r);
    break;
  case MSG_PARKED:
    return h->parked++ == 0 && ask_for_go(h, FRONT_STARTED, exit_code);
  case MSG_FAIL:
    h->failed = true;
    tell_failure(h->jvm, FRONT_FAILED, buf + 1, (size_t)n - 1);
    break;
  case MSG_WARN:
    tell_failure(h->jvm, FRONT_WARNING, buf + 1, (size_t)n - 1);
    break;
  case MSG_CONSOLE:
    take_console(h, &msg);
    break;
  case MSG_EXECING:
    h->executing = true;
    break;
  case MSG_LISTENER:
    return hand_on_listener(h, reader_i32(&r));
  default:
    break;
  }
  return true;
}

static pid_t fork_launcher(const struct request *q, int ours, int channel, int target) {
  bool held = q->flags & FLAG_HELD;
  const char *cgroup = held ? NULL : launcher_cgroup_clone(q->plan, q->len);
  FD_AUTO int dir = cgroup ? open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (cgroup && dir < 0)
    return -1;
  struct clone_args args = {.exit_signal = SIGCHLD};
  if (cgroup) {
    args.flags = CLONE_INTO_CGROUP;
    args.cgroup = (uint64_t)dir;
  }
  struct sealed launcher = {.channel = channel,
                            .target = target,
                            .kept = q->preserve,
                            .plan = q->plan,
                            .len = q->len,
                            .holder = held ? ours : -1};
  return sealed_clone(&args, &launcher);
}

// Signals wait from now on: they are the program's, once there is one.
void start_prepare(uint8_t flags) {
  if (!(flags & FLAG_FOREGROUND))
    return;
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  if (flags & FLAG_SUBREAPER)
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

// The program's descriptors come first, the launcher's own after them.
static int above_kept(const struct request *q, int fd) {
  int first = STDERR_FILENO + 1 + (int)q->preserve;
  if (fd < 0 || fd >= first)
    return fd;
  int high = fcntl(fd, F_DUPFD_CLOEXEC, first);
  close(fd);
  return high;
}

static int send_pidfd(const struct request *q, pid_t init) {
  if (!*q->pidfd_socket)
    return 0;
  FD_AUTO int socket = socket_connect(q->pidfd_socket);
  FD_AUTO int fd = pidfd_open(init, 0);
  const char *kind = q->target ? "setns" : "standard";
  return socket < 0 || fd < 0 ? -1 : fd_send(socket, kind, strlen(kind), fd);
}

static void abandon(struct hearing *h) {
  if (h->init > 0 && h->init != h->launcher) {
    kill(h->init, SIGKILL);
    reap(h->init);
  }
  fd_drop(&h->console);
}

static void end_held(struct hearing *h) {
  kill(h->launcher, SIGKILL);
  reap(h->launcher);
  h->given_up = true;
}

static bool conclude(struct hearing *h, struct started *s) {
  bool runs = !h->failed && !h->given_up && (h->executing || h->parked == 2);
  if (h->launcher != h->init)
    reap(h->launcher);
  if (runs && send_pidfd(h->request, h->init) < 0)
    runs = refuse(h->jvm, h->request->pidfd_socket), h->failed = true;
  if (!runs) {
    abandon(h);
    errno = 0;
    if (!h->failed && !h->given_up)
      refuse(h->jvm, "the launcher was killed");
    return h->given_up;
  }
  *s = (struct started){.init = h->init, .console = h->console};
  answer_number(h->jvm, FRONT_RUNNING, h->init);
  return true;
}

bool start_process(struct jvm *j, struct reader *r, struct started *s, int *exit_code) {
  struct request q;
  *s = (struct started){.console = -1};
  if (read_request(r, &q) < 0)
    return refuse(j, "the JVM's request");
  errno = EBADF;
  if (q.preserve > inherited())
    return refuse(j, "unable to stat preserved-fds: fewer descriptors are open than --preserve-fds and LISTEN_FDS say");
  if (*q.fifo && mkfifo(q.fifo, 0600) < 0)
    return refuse(j, q.fifo);
  FD_AUTO int target = q.target ? process_open(q.target, q.target_start) : -1;
  if (q.target && target < 0)
    return refuse(j, "the container's init");
  FD_AUTO int socket = *q.console_socket ? socket_connect(q.console_socket) : -1;
  if (*q.console_socket && socket < 0)
    return refuse(j, q.console_socket);
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return refuse(j, "the launcher's channel");
  FD_AUTO int ours = pair[0];
  int theirs = above_kept(&q, pair[1]);
  target = above_kept(&q, target);
  start_prepare(q.flags);
  struct hearing h = {.jvm = j, .request = &q, .channel = ours, .console_socket = socket, .console = -1};
  h.launcher = h.init = fork_launcher(&q, ours, theirs, target);
  fd_drop(&theirs);
  if (h.launcher < 0)
    return refuse(j, "the launcher");
  if (!(q.flags & FLAG_HELD) || ask_for_go(&h, FRONT_HELD, exit_code))
    while (hear(&h, exit_code))
      ;
  else
    end_held(&h);
  return conclude(&h, s);
}
