#include "log.h"

#include "loop.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define RING (64u * 1024) // all of it is resident once a container is chatty
#define RESERVE 4096u // kept free of text, so that open, reopen and close can be queued behind a stalled disk
_Static_assert(2 * (LOG_LINE_MAX + 64) + RESERVE <= RING,
               "the longest record fits into an empty ring wherever that stands");
#define LOGS_MAX 256
#define BATCH 32
#ifndef LOG_THREAD_STACK // sanitizers need more
#define LOG_THREAD_STACK (32u * 1024)
#endif

enum kind { TEXT, OPEN, CLOSE, SKIP };

struct entry {
  uint32_t len; // of the text behind it
  uint16_t log;
  uint8_t kind;
};

struct log {
  // the loop's
  bool used;
  bool waiting; // a command is under way
  bool close_wanted; // once that is done
  bool closing;
  void (*done)(struct log *l, int err, void *arg);
  void *arg;
  void (*close_done)(struct log *l, int err, void *arg);
  void *close_arg;
  const char *path;
  // the writer's
  int fd;
  bool torn; // the last write ended inside a record
  // shared
  atomic_int result; // of the command
  atomic_bool finished;
  atomic_uint lost; // records
};

static struct log logs[LOGS_MAX];
static _Alignas(8) uint8_t ring[RING];
static _Atomic uint64_t ring_head; // moved by the writer
static _Atomic uint64_t ring_tail; // moved by the loop
static int wake_writer = -1;
static struct handler wake_loop = {.fd = -1};
static atomic_bool want_wake; // the loop waits for the writer's next step
static atomic_bool writer_idle; // the writer waits for the loop
static void (*room_callback)(void);
static struct timer stall;
static uint64_t stall_head;
static bool dropping;

// ---- the writer thread

static void signal_fd(int fd) {
  uint64_t one = 1;
  if (write(fd, &one, sizeof one) < 0) {
    return; // the counter is full: the other side is awake anyway
  }
}

// Writes all, or less: how much is returned.
static size_t write_batch(struct log *l, struct iovec *iov, int n) {
  size_t done = 0;
  while (n > 0) {
    ssize_t wrote = writev(l->fd, iov, n);
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote <= 0) {
      return done;
    }
    done += (size_t)wrote;
    while (n > 0 && (size_t)wrote >= iov->iov_len) {
      wrote -= (ssize_t)iov->iov_len;
      iov++;
      n--;
    }
    if (n > 0) {
      iov->iov_base = (char *)iov->iov_base + wrote;
      iov->iov_len -= (size_t)wrote;
    }
  }
  return done;
}

static void write_mark(struct log *l) {
  unsigned lost = atomic_exchange(&l->lost, 0);
  if (lost == 0 && !l->torn) {
    return;
  }
  char text[160];
  size_t n = 0;
  if (l->torn) {
    text[n++] = '\n';
  }
  if (lost > 0) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char second[64];
    utc_second(second, sizeof second, now.tv_sec);
    n += (size_t)snprintf(text + n, sizeof text - n,
                          "%s%09ldZ stderr F carafe: %u log records lost, the log file could not be written\n", second,
                          now.tv_nsec, lost);
  }
  struct iovec iov = {.iov_base = text, .iov_len = n};
  size_t wrote = write_batch(l, &iov, 1);
  if (wrote < n) {
    atomic_fetch_add(&l->lost, lost);
  }
  l->torn = wrote == 0 ? l->torn : wrote < n;
}

static uint64_t write_text(uint64_t head, uint64_t tail) {
  struct iovec iov[BATCH];
  size_t sizes[BATCH];
  int n = 0;
  uint64_t at = head;
  uint16_t log = 0;
  size_t total = 0;
  while (at < tail && n < BATCH) {
    struct entry e;
    memcpy(&e, ring + at % RING, sizeof e);
    if (e.kind != TEXT || (n > 0 && e.log != log)) {
      break;
    }
    log = e.log;
    sizes[n] = e.len;
    iov[n++] = (struct iovec){.iov_base = ring + at % RING + sizeof e, .iov_len = e.len};
    total += e.len;
    at += (sizeof e + e.len + 7) & ~(uint64_t)7;
  }
  struct log *l = &logs[log];
  write_mark(l);
  size_t wrote = write_batch(l, iov, n);
  if (wrote < total) {
    for (int i = 0; i < n; i++) {
      if (wrote >= sizes[i]) {
        wrote -= sizes[i];
      } else {
        l->torn = l->torn || wrote > 0;
        wrote = 0;
        atomic_fetch_add(&l->lost, 1);
      }
    }
  }
  return at;
}

static int open_log(const char *path) {
  // Not blocking: a FIFO in the log's place must not hold the writer.
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
  struct stat st;
  if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
    close(fd);
    errno = EINVAL;
    return -1;
  }
  return fd;
}

static void run_command(const struct entry *e) {
  struct log *l = &logs[e->log];
  int err = 0;
  if (e->kind == OPEN) {
    int fd = open_log(l->path);
    if (fd < 0) {
      err = errno;
    } else {
      if (l->fd >= 0) {
        close(l->fd);
      }
      l->fd = fd;
      l->torn = false;
    }
  } else if (l->fd >= 0) {
    write_mark(l);
    close(l->fd);
    l->fd = -1;
  }
  atomic_store(&l->result, err);
  atomic_store(&l->finished, true);
  signal_fd(wake_loop.fd);
}

static void *writer_main(void *arg) {
  (void)arg;
  for (;;) {
    uint64_t head = atomic_load(&ring_head);
    uint64_t tail = atomic_load(&ring_tail);
    if (head == tail) {
      atomic_store(&writer_idle, true);
      if (atomic_load(&ring_tail) != head) {
        atomic_store(&writer_idle, false);
        continue;
      }
      uint64_t count;
      if (read(wake_writer, &count, sizeof count) < 0 && errno != EINTR) {
        return NULL;
      }
      continue;
    }
    struct entry e;
    memcpy(&e, ring + head % RING, sizeof e);
    if (e.kind == TEXT) {
      head = write_text(head, tail);
    } else {
      if (e.kind != SKIP) {
        run_command(&e);
      }
      head += (sizeof e + e.len + 7) & ~(uint64_t)7;
    }
    atomic_store(&ring_head, head);
    if (atomic_exchange(&want_wake, false)) {
      signal_fd(wake_loop.fd);
    }
  }
}

// ---- the loop's side

static void *reserve(size_t len, size_t keep_free, uint64_t *next) {
  uint64_t tail = atomic_load(&ring_tail);
  size_t need = (sizeof(struct entry) + len + 7) & ~(size_t)7;
  size_t to_end = RING - tail % RING;
  size_t skip = need > to_end ? to_end : 0;
  if (tail - atomic_load(&ring_head) + skip + need + keep_free > RING) {
    return NULL;
  }
  if (skip) {
    struct entry e = {.len = (uint32_t)(skip - sizeof e), .kind = SKIP};
    memcpy(ring + tail % RING, &e, sizeof e);
    tail += skip;
  }
  *next = tail + need;
  return ring + tail % RING;
}

static void publish(uint64_t next) {
  atomic_store(&ring_tail, next);
  if (atomic_exchange(&writer_idle, false)) {
    signal_fd(wake_writer);
  }
}

static bool queue_command(struct log *l, enum kind kind, void (*done)(struct log *, int, void *), void *arg) {
  uint64_t next;
  uint8_t *at = reserve(0, 0, &next);
  if (!at) {
    return false;
  }
  l->waiting = true;
  l->done = done;
  l->arg = arg;
  struct entry e = {.log = (uint16_t)(l - logs), .kind = (uint8_t)kind};
  memcpy(at, &e, sizeof e);
  publish(next);
  return true;
}

struct log *log_open(const char *path, void (*done)(struct log *, int, void *), void *arg) {
  for (size_t i = 0; i < LOGS_MAX; i++) {
    struct log *l = &logs[i];
    if (!l->used) {
      *l = (struct log){.used = true, .path = path, .fd = -1};
      if (queue_command(l, OPEN, done, arg)) {
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
  if (l->waiting || !queue_command(l, OPEN, done, arg)) {
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
    queue_command(l, CLOSE, done, arg);
  }
}

bool log_record(struct log *l, bool err_stream, bool full, const char *text, size_t len) {
  static char prefix[64];
  static int64_t prefix_second = -1;
  struct timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  if (ts.tv_sec != prefix_second) {
    utc_second(prefix, sizeof prefix, ts.tv_sec);
    prefix_second = ts.tv_sec;
  }
  enum { TIME = 30, HEAD = TIME + 10 }; // "...Z stdout F "
  uint64_t next;
  uint8_t *at = reserve(HEAD + len + 1, RESERVE, &next);
  if (!at) {
    atomic_store(&want_wake, true);
    if (dropping) {
      atomic_fetch_add(&l->lost, 1);
      return true;
    }
    if (!stall.armed) {
      stall_head = atomic_load(&ring_head);
      timer_set(&stall, LOG_STALL_MS);
    }
    if (atomic_load(&ring_head) == atomic_load(&ring_tail)) {
      signal_fd(wake_loop.fd); // it was emptied before it could see the wish
    }
    return false;
  }
  struct entry e = {.len = (uint32_t)(HEAD + len + 1), .log = (uint16_t)(l - logs), .kind = TEXT};
  memcpy(at, &e, sizeof e);
  char *to = (char *)at + sizeof e;
  memcpy(to, prefix, UTC_SECOND_LEN);
  long ns = ts.tv_nsec;
  for (int i = 28; i >= 20; i--) {
    to[i] = (char)('0' + ns % 10);
    ns /= 10;
  }
  memcpy(to + 29, err_stream ? "Z stderr " : "Z stdout ", 9);
  to[38] = full ? 'F' : 'P';
  to[39] = ' ';
  memcpy(to + HEAD, text, len);
  to[HEAD + len] = '\n';
  publish(next);
  return true;
}

uint64_t log_mark(void) {
  atomic_store(&want_wake, true);
  return atomic_load(&ring_tail);
}

bool log_written(uint64_t mark) {
  if (atomic_load(&ring_head) >= mark) {
    return true;
  }
  atomic_store(&want_wake, true);
  return atomic_load(&ring_head) >= mark;
}

static void stalled(struct timer *t) {
  uint64_t head = atomic_load(&ring_head);
  if (head == stall_head) {
    dropping = true;
    room_callback();
  } else {
    stall_head = head;
    timer_set(t, LOG_STALL_MS);
  }
}

static void command_done(struct log *l) {
  l->waiting = false;
  atomic_store(&l->finished, false);
  bool closed = l->closing && !l->close_wanted;
  l->done(l, atomic_load(&l->result), l->arg);
  if (closed) {
    l->used = false;
  } else if (l->close_wanted) {
    l->close_wanted = false;
    queue_command(l, CLOSE, l->close_done, l->close_arg);
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
    if (l->waiting && atomic_load(&l->finished)) {
      command_done(l);
    }
  }
  if (atomic_load(&ring_head) != stall_head) {
    dropping = false;
    timer_clear(&stall);
  }
  room_callback();
}

int log_init(void (*on_room)(void)) {
  room_callback = on_room;
  stall.fire = stalled;
  wake_loop.ready = wake_ready;
  wake_writer = eventfd(0, EFD_CLOEXEC);
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_writer < 0 || fd < 0 || loop_add(&wake_loop, fd, EPOLLIN) < 0) {
    return -1;
  }
  pthread_attr_t attr;
  pthread_t thread;
  if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, LOG_THREAD_STACK) ||
      pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED)) {
    return -1;
  }
  int err = pthread_create(&thread, &attr, writer_main, NULL);
  errno = err;
  return err ? -1 : 0;
}
