// Kernel parameters, through a procfs that no container has touched.
#include "fd.h"
#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

// sysctl(8)'s rule: the first separator says which one separates, the other is then part of a name.
static int sysctl_path(const char *key, char *path, size_t size) {
  const char *first = strpbrk(key, "./");
  bool dots = first && *first == '.';
  int n = snprintf(path, size, "sys/%s", key);
  if (n < 0 || (size_t)n >= size)
    return -1;
  for (char *p = path + 4; dots && *p; p++)
    *p = (char)(*p == '.' ? '/' : *p == '/' ? '.' : *p);
  for (const char *part = path + 4;; part++) {
    size_t len = strcspn(part, "/");
    if (len == 0 || (len == 1 && part[0] == '.') || (len == 2 && part[0] == '.' && part[1] == '.'))
      return -1;
    part += len;
    if (!*part)
      return 0;
  }
}

int procfs_sysctl(struct launch *l, const char *key, const char *value) {
  char path[512];
  if (sysctl_path(key, path, sizeof path) < 0)
    return fail_with(l, EINVAL, key);
  FD_AUTO int fd = procfs_open(l, path, O_WRONLY);
  if (fd < 0)
    return fail(l, key);
  size_t len = strlen(value);
  ssize_t n = write(fd, value, len);
  if (n == (ssize_t)len)
    return 0;
  if (n >= 0)
    errno = EIO;
  return fail(l, key);
}

int op_sysctl(struct launch *l, struct reader *r) {
  uint32_t count = reader_list(r, 10);
  for (uint32_t i = 0; i < count; i++) {
    const char *key = reader_str(r);
    const char *value = reader_str(r);
    l->item = i;
    if (procfs_sysctl(l, key, value) < 0 && item_failed(l) < 0)
      return -1;
  }
  return 0;
}
