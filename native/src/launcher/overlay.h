#ifndef CARAFE_OVERLAY_H
#define CARAFE_OVERLAY_H

#include "wire.h"

struct launch;

// An overlay as OVERLAY says it; the readers stand at the lists' first items (lowers) and at the count (options).
struct overlay {
  struct reader lowers;
  uint32_t count;
  const char *upper; // "" for none
  const char *work;
  int userns; // or -1
  struct reader options;
  const char *scratch;
};

// Makes it with every layer attached below the scratch: through fs, an overlay context that knows "lowerdir+", or through mount(2) when fs is -1. Returns a
// detached mount.
int overlay_in_scratch(struct launch *l, const struct overlay *o, int fs);

#endif
