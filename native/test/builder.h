// Builds launch plans for tests.
#ifndef CARAFE_BUILDER_H
#define CARAFE_BUILDER_H

#include "ops.h"
#include "wire.h"

struct builder {
  struct writer w;
  uint32_t count;
};

struct test_nsslot {
  uint32_t type;
  uint16_t slot;
};

struct test_rlimit {
  uint32_t resource;
  uint64_t soft, hard;
};

// Starts a plan in the builder's one static buffer.
void plan_begin(struct builder *b);

// Adds an operation, whose fields follow in wire order: integers as int or unsigned; u64 as U64(n); texts; a blob as (data, unsigned length);
// lists of texts and pairs as a NULL-ended array (TEXTS("a", "b")); idmaps and u32 as (unsigned items, const uint32_t *); nsslots and rlimits as
// (unsigned items, array).
void plan_add(struct builder *b, enum operation code, ...);
// The same with flags (PLAN_MAY_FAIL).
void plan_add_flags(struct builder *b, unsigned flags, enum operation code, ...);

// Writes the header: the plan is complete.
void plan_end(struct builder *b);

#define U64(n) ((uint64_t)(n))
#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_TEXTS ((const char *const[]){NULL})

#endif
