#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int tree_path(char *path, size_t size, const char *file) {
  char self[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  if (n < 0)
    return -1;
  self[n] = 0;
  for (int up = 0; up < 2; up++) {
    char *slash = strrchr(self, '/');
    if (slash)
      *slash = 0;
  }
  int len = snprintf(path, size, "%s%s%s", self, *file ? "/" : "", file);
  if (len >= 0 && (size_t)len < size)
    return 0;
  errno = ENAMETOOLONG;
  return -1;
}
