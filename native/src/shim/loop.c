#include "loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static int epoll = -1;
static struct timer *timers;

static int64_t clock_ns(clockid_t id) {
  struct timespec ts;
  clock_gettime(id, &ts);
  return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t clock_mono(void) {
  return clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_real(void) {
  return clock_ns(CLOCK_REALTIME);
}

int loop_init(void) {
  epoll = epoll_create1(EPOLL_CLOEXEC);
  return epoll < 0 ? -1 : 0;
}

int loop_add(struct handler *h, int fd, uint32_t events) {
  struct epoll_event ev = {.events = events, .data.ptr = h};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) < 0) {
    return -1;
  }
  h->fd = fd;
  h->watched = true;
  return 0;
}

void loop_mod(struct handler *h, uint32_t events) {
  if (h->watched) {
    struct epoll_event ev = {.events = events, .data.ptr = h};
    epoll_ctl(epoll, EPOLL_CTL_MOD, h->fd, &ev);
  }
}

void loop_del(struct handler *h) {
  if (h->watched) {
    epoll_ctl(epoll, EPOLL_CTL_DEL, h->fd, NULL);
    h->watched = false;
  }
}

void loop_close(struct handler *h) {
  loop_del(h);
  if (h->fd >= 0) {
    close(h->fd);
    h->fd = -1;
  }
}

void timer_clear(struct timer *t) {
  if (!t->armed) {
    return;
  }
  struct timer **link = &timers;
  while (*link != t) {
    link = &(*link)->next;
  }
  *link = t->next;
  t->armed = false;
}

void timer_set(struct timer *t, int64_t ms) {
  timer_clear(t);
  t->at = clock_mono() + ms * 1000000;
  t->next = timers;
  t->armed = true;
  timers = t;
}

static int next_timeout_ms(void) {
  if (!timers) {
    return -1;
  }
  int64_t first = INT64_MAX;
  for (const struct timer *t = timers; t; t = t->next) {
    first = t->at < first ? t->at : first;
  }
  int64_t left = first - clock_mono();
  if (left <= 0) {
    return 0;
  }
  int64_t ms = (left + 999999) / 1000000;
  return ms > 3600000 ? 3600000 : (int)ms;
}

static void fire_due(void) {
  int64_t now = clock_mono();
  struct timer *t = timers;
  while (t) {
    if (t->at <= now) {
      timer_clear(t);
      t->fire(t);
      t = timers; // the handler may have changed the list
    } else {
      t = t->next;
    }
  }
}

void loop_turn(int timeout_ms) {
  // One event a turn: a handler may close any other descriptor, and no stale event is left in hand.
  struct epoll_event ev;
  int n = epoll_wait(epoll, &ev, 1, timeout_ms);
  if (n < 0 && errno != EINTR) {
    _exit(70);
  }
  fire_due();
  if (n == 1) {
    struct handler *h = ev.data.ptr;
    if (h->watched) {
      h->ready(h, ev.events);
    }
  }
}

_Noreturn void loop_run(void) {
  for (;;) {
    loop_turn(next_timeout_ms());
  }
}
