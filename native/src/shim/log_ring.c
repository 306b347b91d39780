#include "log_ring.h"

#include "log.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RING (64u * 1024) // all of it is resident once a container is chatty
_Static_assert(2 * (LOG_LINE_MAX + 64) + RING_RESERVE <= RING,
               "the longest record fits into an empty ring wherever that stands");

static _Alignas(8) uint8_t ring[RING];
static _Atomic uint64_t ring_begin; // moved by the writer
static _Atomic uint64_t ring_end; // moved by the loop
static int wake_writer = -1;
static atomic_bool writer_idle; // the writer waits for the loop

int ring_init(void) {
  wake_writer = eventfd(0, EFD_CLOEXEC);
  return wake_writer < 0 ? -1 : 0;
}

void ring_signal(int eventfd) {
  uint64_t one = 1;
  if (write(eventfd, &one, sizeof one) < 0) {
    return; // the counter is full: the other side is awake anyway
  }
}

static uint64_t aligned(uint64_t bytes) {
  return (bytes + 7) & ~(uint64_t)7;
}

void *ring_reserve(size_t len, size_t keep_free, uint64_t *next) {
  uint64_t tail = atomic_load(&ring_end);
  size_t need = aligned(sizeof(struct entry) + len);
  size_t to_end = RING - tail % RING;
  size_t skip = need > to_end ? to_end : 0;
  if (tail - atomic_load(&ring_begin) + skip + need + keep_free > RING) {
    return NULL;
  }
  if (skip) {
    struct entry e = {.len = (uint32_t)(skip - sizeof e), .kind = ENTRY_SKIP};
    memcpy(ring + tail % RING, &e, sizeof e);
    tail += skip;
  }
  *next = tail + need;
  return ring + tail % RING;
}

void ring_publish(uint64_t next) {
  atomic_store(&ring_end, next);
  if (atomic_exchange(&writer_idle, false)) {
    ring_signal(wake_writer);
  }
}

bool ring_wait(void) {
  while (ring_head() == ring_tail()) {
    atomic_store(&writer_idle, true);
    if (ring_head() != ring_tail()) {
      atomic_store(&writer_idle, false);
      return true;
    }
    uint64_t count;
    if (read(wake_writer, &count, sizeof count) < 0 && errno != EINTR) {
      return false;
    }
  }
  return true;
}

uint8_t *ring_at(uint64_t at, struct entry *e, uint64_t *next) {
  memcpy(e, ring + at % RING, sizeof *e);
  *next = at + aligned(sizeof *e + e->len);
  return ring + at % RING + sizeof *e;
}

void ring_advance(uint64_t head) {
  atomic_store(&ring_begin, head);
}

uint64_t ring_head(void) {
  return atomic_load(&ring_begin);
}

uint64_t ring_tail(void) {
  return atomic_load(&ring_end);
}
