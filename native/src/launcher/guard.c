#include "guard.h"

#include "compat.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define PTMX_INODE 2

static int refuse(int error) {
  errno = error;
  return -1;
}

bool guard_is_null(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

int guard_off_procfs(int fd) {
  struct statfs fs;
  if (fstatfs(fd, &fs) < 0)
    return -1;
  return fs.f_type == PROC_SUPER_MAGIC ? refuse(EPERM) : 0;
}

int guard_is_ptmx(int fd) {
  struct stat st;
  struct statfs fs;
  if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
    return -1;
  bool is =
      S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2) && st.st_ino == PTMX_INODE && fs.f_type == DEVPTS_SUPER_MAGIC;
  return is ? 0 : refuse(EXDEV);
}

int guard_is_node(int fd, mode_t type, dev_t dev) {
  struct stat st;
  if (fstat(fd, &st) < 0)
    return -1;
  return (st.st_mode & S_IFMT) == type && (type == S_IFIFO || st.st_rdev == dev) ? 0 : refuse(EEXIST);
}

int guard_cwd_in_root(void) {
  char seen[PATH_MAX];
  if (syscall(SYS_getcwd, seen, sizeof seen) < 0)
    return -1;
  return seen[0] == '/' ? 0 : refuse(EXDEV);
}
