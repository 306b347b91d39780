#include "signals.h"

#include "dirwalk.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 10000 // for processes to die or freeze
#define DEPTH_MAX 16
#define REQUESTS_MAX 8

// ---- in the child: plain blocking work on one cgroup directory

static int write_file(const char *dir, const char *name, const char *text) {
  char path[4200];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  FD_AUTO int fd = open(path, O_WRONLY | O_CLOEXEC);
  return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

static ssize_t read_file(const char *dir, const char *name, char *to, size_t cap) {
  char path[4200];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, to, cap - 1);
  to[n > 0 ? n : 0] = '\0';
  return n;
}

static bool has(const char *dir, const char *name) {
  char path[4200];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  return access(path, F_OK) == 0;
}

// Waits until the file says `word`. False when it took too long or the cgroup is gone.
static bool wait_for(const char *dir, const char *name, const char *word) {
  char text[512];
  for (int ms = 0; ms < PATIENCE_MS; ms += 2) {
    if (read_file(dir, name, text, sizeof text) < 0) {
      return false;
    }
    if (strstr(text, word)) {
      return true;
    }
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
  }
  return false;
}

// Signals the processes that the file names, one a line. Returns how many there were.
static int signal_listed(const char *procs, int sig) {
  char text[4096];
  int count = 0;
  pid_t pid = 0;
  ssize_t n;
  FD_AUTO int fd = open(procs, O_RDONLY | O_CLOEXEC);
  while (fd >= 0 && (n = read(fd, text, sizeof text)) > 0) {
    for (ssize_t i = 0; i < n; i++) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
        continue;
      }
      if (pid > 0) { // 0: of a pid namespace that is not below ours
        kill(pid, sig);
        count++;
      }
      pid = 0;
    }
  }
  return count;
}

// Signals every process of the directory and of those below. Returns how many there were.
static int signal_procs(const char *dir, int sig, int depth) {
  char path[4200];
  snprintf(path, sizeof path, "%s/cgroup.procs", dir);
  int count = signal_listed(path, sig);
  struct dirwalk below;
  const struct dirent64 *e;
  if (depth == DEPTH_MAX || dirwalk_open(&below, dir) < 0) {
    return count;
  }
  while ((e = dirwalk_next(&below))) {
    if (e->d_type == DT_DIR && e->d_name[0] != '.' &&
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name) < (int)sizeof path) {
      count += signal_procs(path, sig, depth + 1);
    }
  }
  dirwalk_close(&below);
  return count;
}

static int frozen_signal(const char *dir, int sig) {
  bool v1 = has(dir, "freezer.state");
  if (v1) {
    write_file(dir, "freezer.state", "FROZEN");
    wait_for(dir, "freezer.state", "FROZEN");
  } else if (has(dir, "cgroup.freeze")) {
    write_file(dir, "cgroup.freeze", "1");
    wait_for(dir, "cgroup.events", "frozen 1");
  }
  int count = signal_procs(dir, sig, 0);
  if (v1) {
    write_file(dir, "freezer.state", "THAWED");
  } else {
    write_file(dir, "cgroup.freeze", "0");
  }
  return count;
}

static int kill_until_empty(const char *dir) {
  if (write_file(dir, "cgroup.kill", "1") == 0) {
    return wait_for(dir, "cgroup.events", "populated 0") || !has(dir, "cgroup.events") ? 0 : ETIMEDOUT;
  }
  for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
    if (frozen_signal(dir, SIGKILL) == 0) {
      return 0;
    }
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
  }
  return ETIMEDOUT;
}

static _Noreturn void in_child(const struct launch *l, int sig) {
  child_reset_signals();
  child_close_all_but(-1, -1);
  int err = 0;
  const char *dir = l->cgroup_dirs;
  for (uint32_t i = 0; i < l->cgroup_count; i++) {
    if (has(dir, "cgroup.procs")) {
      if (sig == SIGKILL) {
        int e = kill_until_empty(dir);
        err = e ? e : err;
      } else {
        frozen_signal(dir, sig);
      }
    }
    dir += strlen(dir) + 1;
  }
  _exit(err);
}

// ---- on the loop

int signals_cgroup_child(struct child *c, const struct proc *p, int sig) {
  pid_t pid = child_clone(-1, NULL);
  if (pid == 0) {
    in_child(&p->launch, sig);
  }
  c->pid = pid;
  if (pid < 0) {
    return -1;
  }
  if (child_watch(c) < 0) {
    kill(pid, SIGKILL);
    return -1;
  }
  return 0;
}

struct request {
  struct child child;
  struct ticket ticket;
  bool used;
};

static struct request requests[REQUESTS_MAX];

static void all_signalled(struct child *c, int status) {
  struct request *q = container_of(c, struct request, child);
  q->used = false;
  if (status == 0) {
    reply_empty(&q->ticket);
  } else {
    reply_error(&q->ticket, status < 128 ? status : ECHILD, "not every process of the cgroups could be signalled");
  }
}

static void signal_all(const struct ticket *t, const struct proc *p, int sig) {
  for (size_t i = 0; i < REQUESTS_MAX; i++) {
    struct request *q = &requests[i];
    if (!q->used) {
      *q = (struct request){.ticket = *t, .child.done = all_signalled};
      if (signals_cgroup_child(&q->child, p, sig) < 0) {
        break;
      }
      q->used = true;
      return;
    }
  }
  reply_error(t, EAGAIN, "too many signals to whole cgroups are under way");
}

void signals_request(const struct ticket *t, const char *id, uint32_t sig, bool all) {
  const struct proc *p = proc_find(id);
  if (!p) {
    reply_error(t, ENOENT, "no process %s", id);
  } else if (sig >= NSIG) {
    reply_error(t, EINVAL, "no signal %u", sig);
  } else if (!p->pid_alive) {
    reply_error(t, ESRCH, "%s has exited", id);
  } else if (all) {
    signal_all(t, p, (int)sig);
  } else if (kill(p->pid, (int)sig) < 0) {
    reply_error(t, errno, "cannot signal %s", id);
  } else {
    reply_empty(t);
  }
}
