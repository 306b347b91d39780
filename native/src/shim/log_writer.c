#include "log_writer.h"

#include "log_ring.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define BATCH 32
#ifndef LOG_THREAD_STACK // sanitizers need more
#define LOG_THREAD_STACK (32u * 1024)
#endif

struct log_file log_files[LOGS_MAX];
static int wake_loop = -1;
static atomic_bool want_wake; // the loop waits for the writer's next step

// Writes all, or less: how much is returned.
static size_t write_batch(struct log_file *l, struct iovec *iov, int n) {
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

static void write_mark(struct log_file *l) {
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

static void count_lost(struct log_file *l, const size_t *sizes, int n, size_t wrote) {
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

// Records of one log that stand behind each other go out at once. Returns the place behind them.
static uint64_t write_text(uint64_t head, uint64_t tail) {
  struct iovec iov[BATCH];
  size_t sizes[BATCH];
  int n = 0;
  uint64_t at = head;
  uint16_t log = 0;
  size_t total = 0;
  while (at < tail && n < BATCH) {
    struct entry e;
    uint64_t next;
    uint8_t *text = ring_at(at, &e, &next);
    if (e.kind != ENTRY_TEXT || (n > 0 && e.log != log)) {
      break;
    }
    log = e.log;
    sizes[n] = e.len;
    iov[n++] = (struct iovec){.iov_base = text, .iov_len = e.len};
    total += e.len;
    at = next;
  }
  struct log_file *l = &log_files[log];
  write_mark(l);
  size_t wrote = write_batch(l, iov, n);
  if (wrote < total) {
    count_lost(l, sizes, n, wrote);
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
  struct log_file *l = &log_files[e->log];
  int err = 0;
  if (e->kind == ENTRY_OPEN) {
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
  ring_signal(wake_loop);
}

static void *writer_main(void *arg) {
  (void)arg;
  while (ring_wait()) {
    uint64_t head = ring_head(), next;
    struct entry e;
    ring_at(head, &e, &next);
    if (e.kind == ENTRY_TEXT) {
      next = write_text(head, ring_tail());
    } else if (e.kind != ENTRY_SKIP) {
      run_command(&e);
    }
    ring_advance(next);
    if (atomic_exchange(&want_wake, false)) {
      ring_signal(wake_loop);
    }
  }
  return NULL;
}

void writer_wish(void) {
  atomic_store(&want_wake, true);
}

int writer_start(int eventfd) {
  pthread_attr_t attr;
  pthread_t thread;
  wake_loop = eventfd;
  if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, LOG_THREAD_STACK) ||
      pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED)) {
    return -1;
  }
  int err = pthread_create(&thread, &attr, writer_main, NULL);
  errno = err;
  return err ? -1 : 0;
}
