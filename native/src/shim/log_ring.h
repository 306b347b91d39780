// The queue between the loop, which fills it, and the log writer's thread, which empties it: records and commands in one bounded ring, in order.
#ifndef CARAFE_LOG_RING_H
#define CARAFE_LOG_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum entry_kind { ENTRY_TEXT, ENTRY_OPEN, ENTRY_CLOSE, ENTRY_SKIP };

struct entry {
  uint32_t len; // of the text behind it
  uint16_t log; // its row
  uint8_t kind; // enum entry_kind
};

// Makes its event counter. -1 with errno.
int ring_init(void);

// Adds one to an event counter.
void ring_signal(int eventfd);

// ---- the loop's

// Room for an entry with len bytes of text, of which keep_free bytes stay over; NULL when there is none. *next is what to publish once it is written.
void *ring_reserve(size_t len, size_t keep_free, uint64_t *next);

// Kept free of text, so that commands can be queued behind a stalled disk.
#define RING_RESERVE 4096u

// Everything up to next is the writer's.
void ring_publish(uint64_t next);

// ---- the writer's

// Waits until there is an entry. false: it can't be waited for.
bool ring_wait(void);

// The entry at a place before ring_tail, and the place of the one behind it.
uint8_t *ring_at(uint64_t at, struct entry *e, uint64_t *next);

// What lies before head is done.
void ring_advance(uint64_t head);

// ---- anybody's

uint64_t ring_head(void);
uint64_t ring_tail(void);

#endif
