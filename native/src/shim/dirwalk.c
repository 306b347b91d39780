#include "dirwalk.h"

#include "fd.h"

#include <fcntl.h>

int dirwalk_open(struct dirwalk *d, const char *path) {
  d->len = d->at = 0;
  d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return d->fd < 0 ? -1 : 0;
}

const struct dirent64 *dirwalk_next(struct dirwalk *d) {
  if (d->fd < 0) {
    return NULL;
  }
  if (d->at >= d->len) {
    d->at = 0;
    d->len = getdents64(d->fd, d->buf, sizeof d->buf);
    if (d->len <= 0) {
      return NULL;
    }
  }
  const struct dirent64 *e = (const void *)(d->buf + d->at);
  d->at += e->d_reclen;
  return e;
}

void dirwalk_close(struct dirwalk *d) {
  fd_drop(&d->fd);
}
