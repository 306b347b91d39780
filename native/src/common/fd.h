// Small things about descriptors.
#ifndef CARAFE_FD_H
#define CARAFE_FD_H

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

static inline void fd_cleanup(const int *fd) {
  if (*fd >= 0) {
    int saved = errno;
    close(*fd);
    errno = saved;
  }
}

// A descriptor closed at the end of its scope, errno untouched: `FD_AUTO int fd = open(...)`.
#define FD_AUTO __attribute__((cleanup(fd_cleanup)))

// Hands a FD_AUTO descriptor on: the scope's end will not close it.
static inline int fd_take(int *fd) {
  int taken = *fd;
  *fd = -1;
  return taken;
}

// Closes *fd if it is open, and marks it closed.
static inline void fd_drop(int *fd) {
  fd_cleanup(fd);
  *fd = -1;
}

#endif
