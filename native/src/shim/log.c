#include "log.h"

#include "log_ring.h"
#include "log_writer.h"
#include "loop.h"
#include "utc.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

// The loop's half of a log; its file has the same row.
struct log {
  bool used;
  bool waiting; // a command is under way
  bool close_wanted; // once that is done
  bool closing;
  void (*done)(struct log *l, int err, void *arg);
  void *arg;
  void (*close_done)(struct log *l, int err, void *arg);
  void *close_arg;
};

static struct log logs[LOGS_MAX];
static struct handler wake = {.fd = -1};
static void (*room_callback)(void);
static struct timer stall;
static uint64_t stall_head;
static bool dropping;

static struct log_file *file_of(const struct log *l) {
  return &log_files[l - logs];
}

static bool queue_command(struct log *l, enum entry_kind kind, void (*done)(struct log *, int, void *), void *arg) {
  uint64_t next;
  uint8_t *at = ring_reserve(0, 0, &next);
  if (!at) {
    return false;
  }
  l->waiting = true;
  l->done = done;
  l->arg = arg;
  struct entry e = {.log = (uint16_t)(l - logs), .kind = (uint8_t)kind};
  memcpy(at, &e, sizeof e);
  ring_publish(next);
  return true;
}

struct log *log_open(const char *path, void (*done)(struct log *, int, void *), void *arg) {
  for (size_t i = 0; i < LOGS_MAX; i++) {
    struct log *l = &logs[i];
    if (!l->used) {
      *l = (struct log){.used = true};
      *file_of(l) = (struct log_file){.path = path, .fd = -1};
      if (queue_command(l, ENTRY_OPEN, done, arg)) {
        return l;
      }
      l->used = false;
      break;
    }
  }
  errno = EAGAIN;
  return NULL;
}

int log_reopen(struct log *l, void (*done)(struct log *, int, void *), void *arg) {
  if (l->waiting || !queue_command(l, ENTRY_OPEN, done, arg)) {
    errno = EBUSY;
    return -1;
  }
  return 0;
}

void log_close(struct log *l, void (*done)(struct log *, int, void *), void *arg) {
  l->closing = true;
  if (l->waiting) {
    l->close_wanted = true;
    l->close_done = done;
    l->close_arg = arg;
  } else {
    queue_command(l, ENTRY_CLOSE, done, arg);
  }
}

// The ring is full: true when the record is given up, false when there will be room.
static bool drop_or_wait(struct log *l) {
  writer_wish();
  if (dropping) {
    atomic_fetch_add(&file_of(l)->lost, 1);
    return true;
  }
  if (!stall.armed) {
    stall_head = ring_head();
    timer_set(&stall, LOG_STALL_MS);
  }
  if (ring_head() == ring_tail()) {
    ring_signal(wake.fd); // it was emptied before it could see the wish
  }
  return false;
}

enum { TIME = 30, HEAD = TIME + 10 }; // "...Z stdout F "

static void write_head(char *to, bool err_stream, bool full) {
  static char prefix[64];
  static int64_t prefix_second = -1;
  struct timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  if (ts.tv_sec != prefix_second) {
    utc_second(prefix, sizeof prefix, ts.tv_sec);
    prefix_second = ts.tv_sec;
  }
  memcpy(to, prefix, UTC_SECOND_LEN);
  long ns = ts.tv_nsec;
  for (int i = 28; i >= 20; i--) {
    to[i] = (char)('0' + ns % 10);
    ns /= 10;
  }
  memcpy(to + 29, err_stream ? "Z stderr " : "Z stdout ", 9);
  to[38] = full ? 'F' : 'P';
  to[39] = ' ';
}

bool log_record(struct log *l, bool err_stream, bool full, const char *text, size_t len) {
  uint64_t next;
  uint8_t *at = ring_reserve(HEAD + len + 1, RING_RESERVE, &next);
  if (!at) {
    return drop_or_wait(l);
  }
  struct entry e = {.len = (uint32_t)(HEAD + len + 1), .log = (uint16_t)(l - logs), .kind = ENTRY_TEXT};
  memcpy(at, &e, sizeof e);
  char *to = (char *)at + sizeof e;
  write_head(to, err_stream, full);
  memcpy(to + HEAD, text, len);
  to[HEAD + len] = '\n';
  ring_publish(next);
  return true;
}

uint64_t log_mark(void) {
  writer_wish();
  return ring_tail();
}

bool log_written(uint64_t mark) {
  if (ring_head() >= mark) {
    return true;
  }
  writer_wish();
  return ring_head() >= mark;
}

static void stalled(struct timer *t) {
  uint64_t head = ring_head();
  if (head == stall_head) {
    dropping = true;
    room_callback();
  } else {
    stall_head = head;
    timer_set(t, LOG_STALL_MS);
  }
}

static void command_done(struct log *l) {
  struct log_file *file = file_of(l);
  l->waiting = false;
  atomic_store(&file->finished, false);
  bool closed = l->closing && !l->close_wanted;
  l->done(l, atomic_load(&file->result), l->arg);
  if (closed) {
    l->used = false;
  } else if (l->close_wanted) {
    l->close_wanted = false;
    queue_command(l, ENTRY_CLOSE, l->close_done, l->close_arg);
  }
}

static void wake_ready(struct handler *h, uint32_t events) {
  (void)events;
  uint64_t count;
  if (read(h->fd, &count, sizeof count) < 0) {
    return;
  }
  for (size_t i = 0; i < LOGS_MAX; i++) {
    struct log *l = &logs[i];
    if (l->waiting && atomic_load(&file_of(l)->finished)) {
      command_done(l);
    }
  }
  if (ring_head() != stall_head) {
    dropping = false;
    timer_clear(&stall);
  }
  room_callback();
}

int log_init(void (*on_room)(void)) {
  room_callback = on_room;
  stall.fire = stalled;
  wake.ready = wake_ready;
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0 || ring_init() < 0 || loop_add(&wake, fd, EPOLLIN) < 0) {
    return -1;
  }
  return writer_start(fd);
}
