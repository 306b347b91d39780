#include "oom.h"

#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define RECHECK_MS 20
#define RECHECKS 25

static void read_counter(struct oom *o) {
  char text[512];
  ssize_t n = pread(o->fd, text, sizeof text - 1, 0);
  if (n <= 0) { // ENODEV: the cgroup is gone
    return;
  }
  text[n] = '\0';
  for (const char *line = text; line; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (strncmp(line, "oom_kill ", 9) == 0) {
      o->last = (uint32_t)strtoul(line + 9, NULL, 10);
      return;
    }
  }
}

void oom_update(struct proc *p) {
  if (p->oom.fd < 0) {
    return;
  }
  read_counter(&p->oom);
  uint32_t kills = p->oom.last - p->oom.base;
  if (kills > p->oom_kills) {
    p->oom_kills = kills;
    event_oom(p);
  }
}

static void recheck(struct timer *t) {
  struct proc *p = container_of(t, struct proc, oom.recheck);
  uint32_t before = p->oom_kills;
  oom_update(p);
  if (p->oom_kills == before && --p->oom.tries > 0) {
    timer_set(t, RECHECK_MS);
  }
}

static void counter_ready(struct handler *h, uint32_t events) {
  struct proc *p = container_of(h, struct proc, oom.h);
  uint64_t count;
  if (h->fd != p->oom.fd && read(h->fd, &count, sizeof count) < 0 && errno != EAGAIN) {
    loop_del(h);
  }
  uint32_t before = p->oom_kills;
  oom_update(p);
  if (p->oom_kills == before && (events & EPOLLHUP)) {
    loop_del(h);
  } else if (p->oom_kills == before && h->fd != p->oom.fd) {
    p->oom.tries = RECHECKS;
    p->oom.recheck.fire = recheck;
    timer_set(&p->oom.recheck, RECHECK_MS);
  }
}

// v1 tells by an eventfd that is registered in cgroup.event_control beside the counter.
static void watch_v1(struct oom *o, const char *path) {
  const char *slash = strrchr(path, '/');
  char control[4096];
  if (!slash || snprintf(control, sizeof control, "%.*s/cgroup.event_control", (int)(slash - path), path) >=
                    (int)sizeof control) {
    return;
  }
  FD_AUTO int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  FD_AUTO int to = open(control, O_WRONLY | O_CLOEXEC);
  char line[32];
  int n = snprintf(line, sizeof line, "%d %d", event, o->fd);
  if (event < 0 || to < 0 || write(to, line, (size_t)n) != n || loop_add(&o->h, event, EPOLLIN) < 0) {
    return;
  }
  fd_take(&event);
}

int oom_open(struct proc *p, const char *path) {
  struct oom *o = &p->oom;
  o->fd = open(path, O_RDONLY | O_CLOEXEC);
  if (o->fd < 0) {
    return -1;
  }
  read_counter(o);
  o->base = o->last;
  o->h.ready = counter_ready;
  const char *name = strrchr(path, '/');
  if (name && strcmp(name, "/memory.oom_control") == 0) {
    watch_v1(o, path);
  } else {
    // EPOLLET: kernfs reports EPOLLPRI until the next read, and EPOLLERR with it.
    loop_add(&o->h, o->fd, EPOLLPRI | EPOLLET);
  }
  return 0; // a kernel that cannot notify still counts: the exit reads the counter
}

void oom_close(struct proc *p) {
  struct oom *o = &p->oom;
  loop_del(&o->h);
  timer_clear(&o->recheck);
  if (o->h.fd >= 0 && o->h.fd != o->fd) {
    loop_close(&o->h);
  }
  o->h.fd = -1;
  fd_drop(&o->fd);
}
