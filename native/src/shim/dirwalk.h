// The names in a directory, read without opendir(3), which allocates: children of the shim use it.
#ifndef CARAFE_DIRWALK_H
#define CARAFE_DIRWALK_H

#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>

struct dirwalk {
  int fd;
  ssize_t len, at; // of buf
  _Alignas(struct dirent64) char buf[4096];
};

// -1 with errno when it cannot be opened: dirwalk_next then yields nothing.
int dirwalk_open(struct dirwalk *d, const char *path);
// NULL at the end. The entry is valid until the next call.
const struct dirent64 *dirwalk_next(struct dirwalk *d);
void dirwalk_close(struct dirwalk *d);

#endif
