#include "server.h"

#include "exits.h"
#include "fd.h"
#include "log.h"
#include "pump.h"
#include "run.h"
#include "signals.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_LOG_MS 1000

static char pod_id[128];
static char socket_path[4200];
static char pid_path[4200];
static bool committed;
static bool terminate;
static struct handler agent = {.fd = -1};
static struct handler terminations = {.fd = -1};

const char *server_pod(void) {
  return pod_id;
}

static _Noreturn void leave(void) {
  uint64_t mark = log_mark();
  for (int ms = 0; ms < LAST_LOG_MS && !log_written(mark); ms += 5) {
    poll(NULL, 0, 5);
  }
  unlink(socket_path);
  unlink(pid_path);
  _exit(0);
}

static void nothing(struct child *c, int status) {
  (void)c;
  (void)status;
}

static void kill_started(struct proc *p, void *arg) {
  (void)arg;
  if (p->launch.cgroup_count > 0 && p->kind != KIND_EXEC) {
    p->killer.done = nothing;
    signals_cgroup_child(&p->killer, p, SIGKILL);
  }
  if (p->launcher > 0) {
    tree_kill(p->launcher);
  }
  if (p->pid_alive) {
    tree_kill(p->pid);
  }
}

static void agent_gone(struct handler *h, uint32_t events) {
  (void)events;
  loop_close(h);
  if (!committed) {
    proc_each(kill_started, NULL);
    leave();
  }
}

void server_commit(void) {
  committed = true;
  loop_close(&agent);
}

void server_shutdown(const struct ticket *t) {
  if (proc_any_alive() || run_any()) {
    reply_error(t, EBUSY, "processes of the pod %s or programs that it asked for live", pod_id);
    return;
  }
  reply_empty(t);
  leave();
}

void server_process_ended(void) {
  if (terminate && !proc_any_alive()) {
    leave();
  }
}

// SIGTERM (a machine that goes down) is not obeyed while a process lives: its exit would go unseen.
static void termination_ready(struct handler *h, uint32_t events) {
  (void)events;
  struct signalfd_siginfo info;
  if (read(h->fd, &info, sizeof info) == sizeof info) {
    terminate = true;
    server_process_ended();
  }
}

static int watch_termination(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  terminations.ready = termination_ready;
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) {
    return -1;
  }
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  return fd < 0 ? -1 : loop_add(&terminations, fd, EPOLLIN);
}

static int watch_agent(pid_t pid) {
  int fd = (int)syscall(SYS_pidfd_open, pid, 0);
  agent.ready = agent_gone;
  return fd < 0 ? -1 : loop_add(&agent, fd, EPOLLIN);
}

static void log_moved(void) {
  pump_log_room();
  exits_log_moved();
}

static int write_pid(void) {
  FD_AUTO int fd = open(pid_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  char text[16];
  int n = snprintf(text, sizeof text, "%d\n", getpid());
  return fd < 0 || write(fd, text, (size_t)n) != n ? -1 : 0;
}

int server_init(const char *pod, const char *dir, pid_t agent_pid, const char **step) {
  snprintf(pod_id, sizeof pod_id, "%s", pod);
  snprintf(socket_path, sizeof socket_path, "%s/shim.sock", dir);
  snprintf(pid_path, sizeof pid_path, "%s/shim.pid", dir);
  *step = "make the loop";
  if (loop_init() < 0 || exits_init() < 0 || watch_termination() < 0) {
    return -1;
  }
  *step = "watch the agent";
  if (watch_agent(agent_pid) < 0) {
    return -1;
  }
  *step = "start the log writer";
  if (log_init(log_moved) < 0) {
    return -1;
  }
  *step = "write shim.pid in the state directory";
  if (write_pid() < 0) {
    return -1;
  }
  *step = "listen on shim.sock in the state directory";
  return conn_listen(socket_path);
}
