#include "exits.h"

#include "criu.h"
#include "fd.h"
#include "launch.h"
#include "oom.h"
#include "pump.h"
#include "server.h"
#include "signals.h"
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define FLUSH_MS 50 // EXITED waits this long at most for the container's last lines to be on file
#define EARLY_MAX 64

// Reaped while a launcher may still have to say that this pid is its program's.
struct early {
  pid_t pid;
  int status;
  int64_t at;
};

static struct handler child_signals = {.fd = -1};
static struct early early[EARLY_MAX];
static size_t early_count;

static void program_ended(struct proc *p, int status, int64_t at);

// ---- the record

static int write_record(const struct proc *p, const char *path) {
  char text[512];
  char tmp[4200];
  int n = snprintf(text, sizeof text,
                   "{\"id\":\"%s\",\"pid\":%d,\"startedAt\":%" PRId64 ",\"finishedAt\":%" PRId64
                   ",\"exitCode\":%d,\"signal\":%d,\"oomKills\":%u}\n",
                   p->id, p->pid, p->started_at, p->finished_at, p->exit_code, p->signal, p->oom_kills);
  snprintf(tmp, sizeof tmp, "%s.tmp", path);
  FD_AUTO int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0 || write(fd, text, (size_t)n) != n) {
    return -1;
  }
  return rename(tmp, path);
}

static void report(struct proc *p) {
  timer_clear(&p->flush);
  p->exit_pending = false;
  p->state = STATE_EXITED;
  event_exited(p);
  stream_detach_all(p);
  loop_close(&p->in);
  proc_close_log(p);
  server_process_ended();
}

static void flush_over(struct timer *t) {
  report(container_of(t, struct proc, flush));
}

static void record_and_report(struct proc *p) {
  if (*p->launch.exit_path && write_record(p, p->launch.exit_path) < 0) {
    struct failure f = {.err = errno, .index = NO_INDEX};
    snprintf(f.message, sizeof f.message, "cannot write the exit record %.200s", p->launch.exit_path);
    event_warn(p, &f);
  }
  oom_close(p);
  p->flush_mark = log_mark();
  if (!p->log || log_written(p->flush_mark)) {
    report(p);
  } else {
    p->flush.fire = flush_over;
    timer_set(&p->flush, FLUSH_MS);
  }
}

static void check_flushed(struct proc *p, void *arg) {
  (void)arg;
  if (p->flush.armed && log_written(p->flush_mark)) {
    report(p);
  }
}

void exits_log_moved(void) {
  proc_each(check_flushed, NULL);
}

static void rest_killed(struct child *c, int status) {
  (void)status; // what would not die in time stays: its exit must be told all the same
  record_and_report(container_of(c, struct proc, killer));
}

// ---- an exit

static void container_ended(struct proc *p) {
  p->exit_pending = true;
  oom_update(p);
  pump_drain(&p->out);
  pump_drain(&p->err);
  if (p->launch.kill_rest && p->launch.cgroup_count > 0) {
    p->killer.done = rest_killed;
    if (signals_cgroup_child(&p->killer, p, SIGKILL) == 0) {
      return;
    }
  }
  record_and_report(p);
}

static void program_ended(struct proc *p, int status, int64_t at) {
  p->pid_alive = false;
  p->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  p->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  if (!p->ended) {
    p->finished_at = at;
  }
  if (!p->ended && !launch_ended(p)) {
    server_process_ended();
    return;
  }
  if (p->kind == KIND_EXEC) {
    p->state = STATE_EXITED;
    stream_exec_ended(p);
    server_process_ended();
  } else {
    container_ended(p);
  }
}

// The pid was this process's launcher or its program.
static void reaped_of(struct proc *p, pid_t pid, int status, int64_t at) {
  bool mine = p->launcher == pid;
  if (mine) {
    p->launcher = 0;
  }
  launch_read_channel(p); // it may have told more before it ended
  if (mine && p->launch.by_criu && p->state == STATE_STARTING && !p->failing) {
    criu_ended(p);
    return;
  }
  if (p->pid == pid && p->pid_alive) {
    program_ended(p, status, at);
    return;
  }
  if (mine && p->kind == KIND_EXEC && p->ended && !p->client && !p->pid_alive) {
    proc_free(p);
  } else if (mine) {
    launch_settle(p);
  }
}

static void read_starting(struct proc *p, void *arg) {
  (void)arg;
  if (p->state == STATE_STARTING) {
    launch_read_channel(p);
  }
}

static void reaped(pid_t pid, int status) {
  int64_t at = clock_real();
  struct proc *p = proc_by_launcher(pid);
  p = p ? p : proc_by_pid(pid);
  if (!p && child_reaped(pid, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status))) {
    return;
  }
  if (!p && proc_any_starting()) {
    proc_each(read_starting, NULL);
    p = proc_by_pid(pid);
  }
  if (p) {
    reaped_of(p, pid, status, at);
  } else if (proc_any_starting() && early_count < EARLY_MAX) {
    early[early_count++] = (struct early){.pid = pid, .status = status, .at = at};
  }
}

void exits_claim(struct proc *p) {
  for (size_t i = 0; i < early_count; i++) {
    if (early[i].pid == p->pid) {
      struct early e = early[i];
      early[i] = early[--early_count];
      launch_read_channel(p); // what it said before it ended
      program_ended(p, e.status, e.at);
      return;
    }
  }
}

static void child_ready(struct handler *h, uint32_t events) {
  (void)events;
  struct signalfd_siginfo info;
  if (read(h->fd, &info, sizeof info) < 0) {
    return;
  }
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
    reaped(pid, status);
  }
  if (!proc_any_starting()) {
    early_count = 0;
  }
}

int exits_init(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) {
    return -1;
  }
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  child_signals.ready = child_ready;
  return fd < 0 ? -1 : loop_add(&child_signals, fd, EPOLLIN);
}
