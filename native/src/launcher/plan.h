// Walking over a plan's bytes, for the check and for the run.
#ifndef CARAFE_PLAN_H
#define CARAFE_PLAN_H

#include "wire.h"

struct plan_operation {
  uint16_t code;
  uint16_t flags;
  struct reader payload;
};

// Reads the header: the number of operations, and r set to the first. -1 with EBADMSG when it is malformed.
int plan_header(const uint8_t *plan, size_t len, struct reader *r, uint32_t *operations);

// The next operation: -1 with EBADMSG when its header or its payload does not fit.
int plan_next(struct reader *r, struct plan_operation *op);

#endif
