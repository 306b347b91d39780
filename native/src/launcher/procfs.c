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
  // An ordinary user makes neither. The caller's own is as good while no mounts but the caller's are about.
  if (fd < 0 && !l->own_mounts)
    fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
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
