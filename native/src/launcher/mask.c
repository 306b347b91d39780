// Paths that a container may not see, or not write.
#include "compat.h"
#include "fd.h"
#include "guard.h"
#include "inroot.h"
#include "launch.h"

#include <sys/stat.h>

static int lay_on(int tree, int target) {
  return move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

// Lays a clone of source on target. Older kernels clone no detached mount (EINVAL): then the source itself goes there, and is cloned from there afterwards.
static int lay_clone_on(int source, int target) {
  FD_AUTO int tree = open_tree(source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
  if (tree < 0 && errno != EINVAL)
    return -1;
  return lay_on(tree < 0 ? source : tree, target);
}

static int empty_directory(void) {
  FD_AUTO int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
  if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0555", 0) < 0 ||
      fsconfig(fs, FSCONFIG_SET_STRING, "nr_inodes", "1", 0) < 0 ||
      fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
    return -1;
  return fsmount(fs, FSMOUNT_CLOEXEC,
                 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOATIME);
}

static bool is_missing(int error) {
  return error == ENOENT || error == ENOTDIR;
}

static int mask_one(int root, int null, int *empty, const char *path) {
  struct stat st;
  FD_AUTO int target = inroot_open(root, path, O_PATH, false);
  if (target < 0)
    return is_missing(errno) ? 0 : -1;
  if (fstat(target, &st) < 0)
    return -1;
  if (!S_ISDIR(st.st_mode)) {
    errno = EBADF;
    return null < 0 ? -1 : lay_clone_on(null, target);
  }
  if (*empty < 0)
    *empty = empty_directory();
  return *empty < 0 ? -1 : lay_clone_on(*empty, target);
}

int op_mask(struct launch *l, struct reader *r) {
  int root, null;
  uint16_t root_slot = reader_u16(r);
  uint16_t null_slot = reader_u16(r);
  if (root_get(l, root_slot, &root) < 0 || root_get(l, null_slot, &null) < 0)
    return -1;
  if (null >= 0 && !guard_is_null(null))
    return fail_with(l, EINVAL, "the null device");
  FD_AUTO int empty = -1;
  uint32_t count = reader_list(r, 5);
  for (uint32_t i = 0; i < count; i++) {
    const char *path = reader_path(r);
    l->item = i;
    if (mask_one(root, null, &empty, path) < 0) {
      fail(l, path);
      if (item_failed(l) < 0)
        return -1;
    }
  }
  return 0;
}

static int readonly_one(int root, const char *path) {
  struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
  FD_AUTO int target = inroot_open(root, path, O_PATH, false);
  if (target < 0)
    return is_missing(errno) ? 0 : -1;
  FD_AUTO int tree = open_tree(target, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
  if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) < 0)
    return -1;
  return lay_on(tree, target);
}

int op_readonly(struct launch *l, struct reader *r) {
  int root;
  if (root_get(l, reader_u16(r), &root) < 0)
    return -1;
  uint32_t count = reader_list(r, 5);
  for (uint32_t i = 0; i < count; i++) {
    const char *path = reader_path(r);
    l->item = i;
    if (readonly_one(root, path) < 0) {
      fail(l, path);
      if (item_failed(l) < 0)
        return -1;
    }
  }
  return 0;
}
