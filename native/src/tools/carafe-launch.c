// Runs one launch plan from a file, as the shim would in its simplest way.
#include "compat.h"
#include "fd.h"
#include "launch.h"
#include "launcher.h"
#include "title.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define EXIT_NOT_STARTED 125

static const char usage[] =
    "usage: carafe-launch [--park] [--target PID] PLAN-FILE\n"
    "\n"
    "Runs a launch plan (native/PROTOCOL.md section 2) and waits for the process that it starts.\n"
    "\n"
    "  --park        at PARK, wait for a line on standard input (otherwise go on at once)\n"
    "  --target PID  slot 0 is a pidfd of this process: the init of the container that an exec joins\n"
    "  --help        this text\n"
    "\n"
    "The exit code is the process's own, 128+n when signal n ended it, 0 for a plan that ends in EXIT,\n"
    "and 125 when the plan failed; the failed operation is named on standard error.\n";

struct front {
  bool park;
  pid_t target;
  const char *file;
  const uint8_t *plan;
  size_t len;
  pid_t init;
  int console; // pty master, or -1
  bool failed;
};

static _Noreturn void die(const char *what) {
  fprintf(stderr, "carafe-launch: %s: %s\n", what, strerror(errno));
  exit(EXIT_NOT_STARTED);
}

static pid_t parse_pid(const char *text) {
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno || *end || end == text || value <= 0 || value > 4194304) {
    fprintf(stderr, "carafe-launch: --target %s: expected a process id\n", text);
    exit(EXIT_NOT_STARTED);
  }
  return (pid_t)value;
}

static void parse(struct front *f, int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--help") == 0) {
      fputs(usage, stdout);
      exit(0);
    } else if (strcmp(argv[i], "--park") == 0) {
      f->park = true;
    } else if (strcmp(argv[i], "--target") == 0 && i + 1 < argc) {
      f->target = parse_pid(argv[++i]);
    } else if (argv[i][0] != '-' && !f->file) {
      f->file = argv[i];
    } else {
      fputs(usage, stderr);
      exit(EXIT_NOT_STARTED);
    }
  }
  if (!f->file) {
    fputs(usage, stderr);
    exit(EXIT_NOT_STARTED);
  }
}

static const char *operation_name(uint16_t code) {
  const struct operation_type *type = operation_type(code);
  return type ? type->name : "of an unknown kind";
}

static void load(struct front *f) {
  FD_AUTO int fd = open(f->file, O_RDONLY | O_CLOEXEC);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) < 0)
    die(f->file);
  f->len = (size_t)st.st_size;
  if (f->len == 0 || f->len > PLAN_BYTES_MAX) {
    errno = EFBIG;
    die(f->file);
  }
  f->plan = mmap(NULL, f->len, PROT_READ, MAP_PRIVATE, fd, 0);
  if (f->plan == MAP_FAILED)
    die(f->file);
  uint32_t index;
  if (launcher_check(f->plan, f->len, &index) < 0) {
    fprintf(stderr, "carafe-launch: %s: operation %u: %s\n", f->file, index, strerror(errno));
    exit(EXIT_NOT_STARTED);
  }
}

static pid_t start(const struct front *f, const int pair[2]) {
  const char *cgroup = launcher_cgroup_clone(f->plan, f->len);
  FD_AUTO int dir = cgroup ? open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (cgroup && dir < 0)
    die(cgroup);
  int target = f->target ? pidfd_open(f->target, 0) : -1;
  if (f->target && target < 0)
    die("--target");
  struct clone_args args = {.exit_signal = SIGCHLD};
  if (cgroup) {
    args.flags = CLONE_INTO_CGROUP;
    args.cgroup = (uint64_t)dir;
  }
  pid_t pid = sys_clone3(&args);
  if (pid < 0)
    die("clone");
  if (pid == 0)
    launcher_run(pair[1], target, 0, f->plan, f->len);
  fd_drop(&target);
  return pid;
}

static void print_failure(struct front *f, enum message type, struct reader *r) {
  uint32_t index = reader_u32(r);
  uint16_t code = reader_u16(r);
  int32_t error = reader_i32(r);
  uint32_t item = reader_u32(r);
  const char *detail = reader_str(r);
  fprintf(stderr, "carafe-launch: %soperation %u %s", type == MSG_WARN ? "warning: " : "", index, operation_name(code));
  if (item)
    fprintf(stderr, " [%u]", item);
  fprintf(stderr, " %s: %s\n", detail, strerror(error));
  f->failed |= type == MSG_FAIL;
}

static void wait_for_line(void) {
  char c;
  while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
    ;
}

static void take_console(struct front *f, struct msghdr *msg) {
  struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
  if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS)
    memcpy(&f->console, CMSG_DATA(cmsg), sizeof(int));
}

// One message: false at the end of the channel.
static bool hear(struct front *f, int channel) {
  uint8_t buf[1024];
  struct iovec iov = {.iov_base = buf, .iov_len = sizeof buf};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct msghdr msg = {
      .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t n = recvmsg(channel, &msg, MSG_CMSG_CLOEXEC);
  if (n <= 0)
    return n < 0 && errno == EINTR;
  struct reader r = reader_of(buf, (size_t)n);
  enum message type = reader_u8(&r);
  if (type == MSG_PID)
    f->init = reader_i32(&r);
  else if (type == MSG_FAIL || type == MSG_WARN)
    print_failure(f, type, &r);
  else if (type == MSG_CONSOLE)
    take_console(f, &msg);
  else if (type == MSG_PARKED) {
    if (f->park)
      wait_for_line();
    if (write(channel, "", 1) != 1)
      return false;
  }
  return true;
}

static bool copy(int from, int to) {
  char buf[4096];
  ssize_t n = read(from, buf, sizeof buf);
  for (ssize_t done = 0; done < n;) {
    ssize_t w = write(to, buf + done, (size_t)(n - done));
    if (w <= 0)
      return false;
    done += w;
  }
  return n > 0;
}

// Standard input and output are the terminal's until nobody holds its other end (EIO).
static void serve_console(const struct front *f) {
  struct pollfd fds[2] = {{.fd = f->console, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
  while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
    if (fds[0].revents && !copy(f->console, STDOUT_FILENO))
      return;
    if (fds[1].revents && !copy(STDIN_FILENO, f->console))
      fds[1].fd = -1;
  }
}

static int wait_for(pid_t pid) {
  int status;
  pid_t got;
  do
    got = waitpid(pid, &status, 0);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    die("waitpid");
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv) {
  static struct front f = {.console = -1};
  title_init(argc, argv);
  parse(&f, argc, argv);
  load(&f);
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
    die("channel");
  pid_t launcher = start(&f, pair);
  f.init = launcher;
  close(pair[1]);
  while (hear(&f, pair[0]))
    ;
  if (f.console >= 0)
    serve_console(&f);
  int code = wait_for(launcher);
  if (f.init != launcher)
    code = wait_for(f.init);
  return f.failed ? EXIT_NOT_STARTED : code;
}
