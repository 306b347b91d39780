// What an operation says of its failure; send_failure carries it on.
#include "launch.h"

#include <errno.h>
#include <stdio.h>

int fail(struct launch *l, const char *what) {
  int saved = errno;
  snprintf(l->detail, sizeof l->detail, "%s", what);
  errno = saved;
  return -1;
}

int fail_with(struct launch *l, int error, const char *what) {
  errno = error;
  return fail(l, what);
}

int fail_about(struct launch *l, const char *what, const char *more) {
  int saved = errno;
  snprintf(l->detail, sizeof l->detail, "%s: %s", what, more);
  errno = saved;
  return -1;
}

int item_failed(struct launch *l) {
  if (!l->may_fail)
    return -1;
  send_failure(l, MSG_WARN, errno);
  l->detail[0] = 0;
  return 0;
}
