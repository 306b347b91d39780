#include "title.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static char *area;
static size_t size;

void title_init(int argc, char **argv) {
  if (argc == 0)
    return;
  area = argv[0];
  size =
      (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0]); // the kernel lays them out one after the other
}

// The last byte stays NUL: otherwise the kernel reads on in the environment.
void title_set(const char *name, const char *id) {
  if (!area)
    return;
  memset(area, 0, size);
  size_t used = (size_t)snprintf(area, size, "%s", name) + 1;
  if (*id && used < size)
    snprintf(area + used, size - used, "%s", id);
}
