#include "inherited.h"

#include <fcntl.h>
#include <unistd.h>

static unsigned count;

void inherited_count(void) {
  while (fcntl(STDERR_FILENO + 1 + (int)count, F_GETFD) >= 0)
    count++;
}

unsigned inherited(void) {
  return count;
}
