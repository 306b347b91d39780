// The change of root.
#include "compat.h"
#include "fd.h"
#include "launch.h"
#include "stdio_inside.h"

// pivot_root refuses a mount that came along into a less privileged mount namespace, for it is locked, and a mere directory (EINVAL, or EBUSY on the old root's
// own mount). A clone, laid on top, is an unlocked mount.
static int pivot_to_clone(int root) {
  FD_AUTO int clone = open_tree(root, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
  if (clone < 0 || move_mount(clone, "", root, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0 ||
      fchdir(clone) < 0)
    return -1;
  return (int)syscall(SYS_pivot_root, ".", ".");
}

int op_pivot(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  int root = slot_get(l, slot);
  if (root < 0)
    return -1;
  if (!l->own_mounts)
    return fail_with(l, EINVAL, "PIVOT before NS_UNSHARE(NEWNS)");
  FD_AUTO int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (old < 0 || fchdir(root) < 0)
    return fail(l, "chdir");
  if (syscall(SYS_pivot_root, ".", ".") < 0 && ((errno != EINVAL && errno != EBUSY) || pivot_to_clone(root) < 0))
    return fail(l, "pivot_root");
  // The old root lies on the new one. It is made a slave first, so that its unmounting does not reach the host; by its own descriptor, for "." of the new root is
  // the new root to mount(2), and a Bidirectional volume in it has to stay shared.
  if (fchdir(old) < 0 || mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0 || umount2(".", MNT_DETACH) < 0)
    return fail(l, "the old root");
  if (chdir("/") < 0)
    return fail(l, "/");
  int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fail(l, "/");
  slot_set(l, slot, fd);
  stdio_null_inside();
  return 0;
}
