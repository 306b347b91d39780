// The one epoll loop: descriptors with a handler, one-shot timers, clocks. Everything in the shim but the log writer runs on this loop's thread.
#ifndef CARAFE_LOOP_H
#define CARAFE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

struct handler {
  int fd; // -1: not watched and not open
  bool watched;
  void (*ready)(struct handler *h, uint32_t events);
};

struct timer {
  int64_t at; // monotonic ns
  bool armed;
  struct timer *next;
  void (*fire)(struct timer *t);
};

int loop_init(void);
_Noreturn void loop_run(void);
// Handles at most one event, and every timer that is due. timeout_ms as epoll_wait(2).
void loop_turn(int timeout_ms);

// Watches fd (level-triggered unless EPOLLET is asked for). 0, or -1 with errno.
int loop_add(struct handler *h, int fd, uint32_t events);
void loop_mod(struct handler *h, uint32_t events);
// Stops watching; the descriptor stays open.
void loop_del(struct handler *h);
// Stops watching and closes.
void loop_close(struct handler *h);

// (Re)arms a one-shot timer whose `fire` is set.
void timer_set(struct timer *t, int64_t ms);
void timer_clear(struct timer *t);

int64_t clock_mono(void); // ns
int64_t clock_real(void); // ns since the epoch

#endif
