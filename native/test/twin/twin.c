// The command line's front without some of its guards: linked over the product's own objects (ld's --wrap), never installed. CARAFE_WITHOUT names the guards that are off, separated by commas; without it
// this is the product. An attack that a guard stops must succeed here, else the guard, or the attack, is not what it seems.
#include "compat.h"
#include "fd.h"
#include "guard.h"
#include "image.h"
#include "launch.h"
#include "procfs.h"

#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool off(const char *guard) {
  const char *list = getenv("CARAFE_WITHOUT");
  size_t len = strlen(guard);
  for (; list && *list; list += strcspn(list, ","), list += *list == ',')
    if (strcspn(list, ",") == len && strncmp(list, guard, len) == 0)
      return true;
  return false;
}

// In each pair the second is the product's.
#define WRAPPED(type, name, ...)                                                                                       \
  type __wrap_##name(__VA_ARGS__);                                                                                     \
  type __real_##name(__VA_ARGS__)

WRAPPED(int, guard_off_procfs, int fd);
WRAPPED(int, guard_is_node, int fd, mode_t type, dev_t dev);
WRAPPED(int, guard_cwd_in_root, void);
WRAPPED(int, make_undumpable, void);
WRAPPED(int, close_range, unsigned first, unsigned last, int flags);
WRAPPED(int, umount2, const char *path, int flags);
WRAPPED(int, image_sealed, const char *name);
WRAPPED(int, inroot_file_at, int dir, const char *name, mode_t mode);
WRAPPED(int, procfs_open, struct launch *l, const char *path, int flags);
WRAPPED(int, mount_setattr, int dir, const char *path, unsigned flags, struct mount_attr *attr, size_t size);
WRAPPED(int, open_tree, int dir, const char *path, unsigned flags);
WRAPPED(long, syscall, long number, ...);

int __wrap_guard_off_procfs(int fd) {
  return off("procfs-target") ? 0 : __real_guard_off_procfs(fd);
}

int __wrap_guard_is_node(int fd, mode_t type, dev_t dev) {
  return off("node") ? 0 : __real_guard_is_node(fd, type, dev);
}

int __wrap_guard_cwd_in_root(void) {
  return off("cwd") ? 0 : __real_guard_cwd_in_root();
}

int __wrap_make_undumpable(void) {
  return off("undumpable") ? 0 : __real_make_undumpable();
}

int __wrap_close_range(unsigned first, unsigned last, int flags) {
  return off("close") ? 0 : __real_close_range(first, last, flags);
}

int __wrap_umount2(const char *path, int flags) {
  return off("old-root") ? 0 : __real_umount2(path, flags);
}

int __wrap_image_sealed(const char *name) {
  return off("sealed") ? open("/proc/self/exe", O_RDONLY | O_CLOEXEC) : __real_image_sealed(name);
}

// As open(2) has it when nobody thinks of links.
int __wrap_inroot_file_at(int dir, const char *name, mode_t mode) {
  return off("nofollow") ? openat(dir, name, O_CREAT | O_RDONLY | O_CLOEXEC, mode)
                         : __real_inroot_file_at(dir, name, mode);
}

int __wrap_procfs_open(struct launch *l, const char *path, int flags) {
  char plain[600];
  if (!off("own-procfs"))
    return __real_procfs_open(l, path, flags);
  snprintf(plain, sizeof plain, "/proc/%s", path);
  return open(plain, flags | O_CLOEXEC);
}

// "deep-readonly": the top of a tree only. "locks": not before the container's user namespace has the mounts, where open_tree makes up for it.
int __wrap_mount_setattr(int dir, const char *path, unsigned flags, struct mount_attr *attr, size_t size) {
  struct mount_attr changed = *attr;
  if (off("locks"))
    changed.attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
  return __real_mount_setattr(dir, path, off("deep-readonly") ? flags & ~(unsigned)AT_RECURSIVE : flags, &changed,
                              size);
}

int __wrap_open_tree(int dir, const char *path, unsigned flags) {
  struct mount_attr late = {.attr_set = MOUNT_ATTR_RDONLY};
  int fd = __real_open_tree(dir, path, flags);
  if (fd >= 0 && off("locks") && strncmp(path, "/dev/", 5) == 0 &&
      __real_mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &late, sizeof late) < 0)
    fd_drop(&fd);
  return fd;
}

// Inside the root by what the path says, not by what its links say; "resolve" for places, "resolve-read" for what is read from them.
static long plain_open(long dir, const char *path, const struct open_how *how) {
  struct open_how plain = *how;
  if (off(how->flags & O_PATH ? "resolve" : "resolve-read")) {
    plain.resolve = 0;
    path += strspn(path, "/");
    path = *path ? path : ".";
  } else if (off("links")) {
    plain.resolve &= ~(uint64_t)RESOLVE_NO_SYMLINKS;
  }
  return __real_syscall(SYS_openat2, dir, path, &plain, sizeof plain);
}

// What a runtime that means well fills in, and does not look at again.
static struct __user_cap_data_struct asked[2];

static long generous_capset(void *header, const struct __user_cap_data_struct *data) {
  struct __user_cap_data_struct filled[2] = {data[0], data[1]};
  filled[0].inheritable = filled[0].permitted;
  filled[1].inheritable = filled[1].permitted;
  memcpy(asked, data, sizeof asked);
  return __real_syscall(SYS_capset, header, filled);
}

long __wrap_syscall(long number, ...) {
  long a[6];
  va_list args;
  va_start(args, number);
  for (int i = 0; i < 6; i++)
    a[i] = va_arg(args, long);
  va_end(args);
  if (number == SYS_openat2)
    return plain_open(a[0], (const char *)a[1], (const struct open_how *)a[2]);
  if (number == SYS_capset && off("inheritable"))
    return generous_capset((void *)a[0], (const struct __user_cap_data_struct *)a[1]);
  if (number == SYS_capget && off("inheritable")) {
    memcpy((void *)a[1], asked, sizeof asked);
    return 0;
  }
  return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
