#include "procfs.h"

#include "compat.h"
#include "fd.h"

#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define PROC_ROOT_INODE 1

static int is_procfs_root(int fd) {
  struct statfs fs;
  struct stat st;
  if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
    return -1;
  if (fs.f_type == PROC_SUPER_MAGIC && st.st_ino == PROC_ROOT_INODE)
    return 0;
  errno = EXDEV;
  return -1;
}

static int fresh_procfs(void) {
  FD_AUTO int fs = fsopen("proc", FSOPEN_CLOEXEC);
  if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
    return -1;
  return fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

int procfs_get(struct launch *l) {
  if (l->procfs >= 0)
    return l->procfs;
  FD_AUTO int fd = fresh_procfs();
  // Where a fresh one may not be made, a clone of the host's, which leaves behind what is mounted over its files.
  if (fd < 0)
    fd = open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (fd < 0 || is_procfs_root(fd) < 0)
    return fail(l, "a procfs of our own");
  l->procfs = fd_take(&fd);
  return l->procfs;
}

int procfs_open(struct launch *l, const char *path, int flags) {
  int proc = procfs_get(l);
  if (proc < 0)
    return -1;
  struct open_how how = {
      .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  int fd = sys_openat2(proc, path, &how);
  return fd < 0 ? fail_about(l, "/proc", path) : fd;
}

pid_t procfs_self(struct launch *l) {
  int proc = procfs_get(l);
  if (proc < 0)
    return -1;
  char text[24];
  ssize_t n = readlinkat(proc, "self", text, sizeof text - 1);
  if (n <= 0)
    return fail(l, "/proc/self");
  text[n] = 0;
  return (pid_t)strtol(text, NULL, 10);
}

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
