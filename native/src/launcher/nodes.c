// Directories, device nodes, links and owners inside a root.
#include "compat.h"
#include "fd.h"
#include "guard.h"
#include "inroot.h"
#include "launch.h"
#include "owner.h"
#include "procfs.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define UNCHANGED 0xffffffffu

int op_mkdir(struct launch *l, struct reader *r) {
  int root;
  uint16_t slot = reader_u16(r);
  const char *path = reader_path(r);
  mode_t mode = reader_u32(r) & 07777;
  struct owner owner = {reader_u32(r), 0};
  owner.gid = reader_u32(r);
  if (root_get(l, slot, &root) < 0)
    return -1;
  struct owner_before before = owner_become(owner);
  int fd = inroot_mkdirs(root, path, mode, false);
  owner_restore(&before);
  if (fd < 0)
    return fail(l, path);
  close(fd);
  return 0;
}

static int change_owner(int fd, uid_t uid, gid_t gid) {
  return fchownat(fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
}

// chmod of an O_PATH descriptor: fchmodat2 is younger (6.6) than the kernels that we run on, and a container's /proc is not to be trusted.
static int change_mode(struct launch *l, int fd, mode_t mode) {
  if (syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH) == 0)
    return 0;
  if (errno != ENOSYS)
    return -1;
  char link[32];
  snprintf(link, sizeof link, "self/fd/%d", fd);
  int proc = procfs_get(l);
  return proc < 0 ? -1 : fchmodat(proc, link, mode, 0);
}

static mode_t node_type(uint8_t type) {
  return type == 'c' || type == 'u' ? S_IFCHR : type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : 0;
}

int op_mknod(struct launch *l, struct reader *r) {
  int root;
  uint16_t slot = reader_u16(r);
  const char *path = reader_path(r);
  mode_t type = node_type(reader_u8(r));
  uint32_t major = reader_u32(r);
  uint32_t minor = reader_u32(r);
  mode_t mode = reader_u32(r) & 07777;
  uid_t uid = reader_u32(r);
  gid_t gid = reader_u32(r);
  dev_t dev = type == S_IFIFO ? 0 : makedev(major, minor);
  if (root_get(l, slot, &root) < 0)
    return -1;
  if (!type)
    return fail_with(l, EINVAL, path);
  char name[NAME_MAX + 1];
  FD_AUTO int dir = inroot_parent(root, path, name);
  if (dir < 0 || (mknodat(dir, name, type | mode, dev) < 0 && errno != EEXIST))
    return fail(l, path);
  FD_AUTO int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || guard_is_node(fd, type, dev) < 0 || change_owner(fd, uid, gid) < 0)
    return fail(l, path);
  // chown clears set-id bits, and an existing node has a mode of its own.
  struct stat st;
  if (fstat(fd, &st) < 0 || ((st.st_mode & 07777) != mode && change_mode(l, fd, mode) < 0))
    return fail(l, path);
  return 0;
}

int op_is_device(struct launch *l, struct reader *r) {
  int fd = slot_get(l, reader_u16(r));
  mode_t type = node_type(reader_u8(r));
  uint32_t major = reader_u32(r);
  uint32_t minor = reader_u32(r);
  if (fd < 0)
    return -1;
  if (!type)
    return fail_with(l, EINVAL, "type of a device");
  if (guard_is_node(fd, type, makedev(major, minor)) == 0)
    return 0;
  return errno == EEXIST ? fail_with(l, ENODEV, "not this device") : fail(l, "device");
}

int op_symlink(struct launch *l, struct reader *r) {
  int root;
  uint16_t slot = reader_u16(r);
  const char *path = reader_path(r);
  const char *target = reader_path(r);
  if (root_get(l, slot, &root) < 0)
    return -1;
  char name[NAME_MAX + 1];
  FD_AUTO int dir = inroot_parent(root, path, name);
  if (dir < 0)
    return fail(l, path);
  if (symlinkat(target, dir, name) == 0)
    return 0;
  if (errno != EEXIST)
    return fail(l, path);
  char there[PATH_MAX];
  ssize_t n = readlinkat(dir, name, there, sizeof there);
  if (n >= 0 && (size_t)n == strlen(target) && memcmp(there, target, (size_t)n) == 0)
    return 0;
  return fail_with(l, EEXIST, path);
}

int op_chown(struct launch *l, struct reader *r) {
  int root;
  uint16_t slot = reader_u16(r);
  const char *path = reader_path(r);
  uid_t uid = reader_u32(r);
  gid_t gid = reader_u32(r);
  uint32_t mode = reader_u32(r);
  if (root_get(l, slot, &root) < 0)
    return -1;
  FD_AUTO int fd = inroot_open(root, path, O_PATH | O_NOFOLLOW, false);
  if (fd < 0 || change_owner(fd, uid, gid) < 0)
    return fail(l, path);
  if (mode != UNCHANGED && change_mode(l, fd, mode & 07777) < 0)
    return fail(l, path);
  return 0;
}
