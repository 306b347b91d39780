// Namespaces: open, join, unshare, pin.
#include "compat.h"
#include "fd.h"
#include "inroot.h"
#include "launch.h"

#include <linux/magic.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/vfs.h>

// New user and pid namespaces come by USERNS_CREATE and FORK_INIT.
#define UNSHARABLE (CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWTIME)

static bool is_namespace(int fd) {
  struct statfs fs;
  return fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

int op_ns_open(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  const char *path = reader_path(r);
  FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return fail(l, path);
  if (!is_namespace(fd))
    return fail_with(l, EINVAL, path);
  slot_set(l, slot, fd_take(&fd));
  return 0;
}

int op_ns_join(struct launch *l, struct reader *r) {
  int fd = slot_get(l, reader_u16(r));
  uint32_t types = reader_u32(r);
  if (fd < 0)
    return -1;
  if (types & CLONE_NEWUSER)
    return userns_become_root(l, fd, types);
  if (setns(fd, (int)types) < 0)
    return fail(l, "setns");
  if (types & CLONE_NEWNS)
    l->own_mounts = true;
  return 0;
}

// Slots opened before belong to the old mount namespace, whose mounts can't be used in the new one. The working directory is carried over by the kernel, and so
// is the root slot, by way of it: a path would not do, for a user namespace's root may not walk the host's directories.
static int unshare_mounts(struct launch *l, uint32_t types) {
  int root = l->root_slot < 0 ? -1 : l->slots[l->root_slot];
  if (root >= 0 && fchdir(root) < 0)
    return fail(l, "chdir");
  if (unshare((int)types) < 0)
    return fail(l, "unshare");
  l->own_mounts = true;
  if (root < 0)
    return 0;
  int fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || chdir("/") < 0)
    return fail(l, "the root in the new mount namespace");
  slot_set(l, (uint16_t)l->root_slot, fd);
  return 0;
}

int op_ns_unshare(struct launch *l, struct reader *r) {
  uint32_t types = reader_u32(r);
  if (types & ~(uint32_t)UNSHARABLE)
    return fail_with(l, EINVAL, "unshare");
  if (types & CLONE_NEWNS)
    return unshare_mounts(l, types);
  if (unshare((int)types) < 0)
    return fail(l, "unshare");
  return 0;
}

static bool same_file(int a, int b) {
  struct stat sa, sb;
  return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

int op_ns_pin(struct launch *l, struct reader *r) {
  int ns = slot_get(l, reader_u16(r));
  const char *path = reader_path(r);
  if (ns < 0)
    return -1;
  if (!is_namespace(ns))
    return fail_with(l, EINVAL, path);
  FD_AUTO int target = inroot_mkfile(ROOT_NONE, path, 0444, true);
  if (target < 0)
    return fail(l, path);
  if (is_namespace(target))
    return same_file(ns, target) ? 0 : fail_with(l, EEXIST, path);
  FD_AUTO int tree = open_tree(ns, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
  if (tree < 0 || move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
    return fail(l, path);
  return 0;
}
