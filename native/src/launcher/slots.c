// The table of descriptors, and the operations that only open, write and close.
#include "compat.h"
#include "fd.h"
#include "launch.h"

#include <string.h>

int slot_get(struct launch *l, uint16_t slot) {
  if (slot < PLAN_SLOTS && l->slots[slot] >= 0)
    return l->slots[slot];
  return fail_with(l, EBADF, "empty slot");
}

void slot_set(struct launch *l, uint16_t slot, int fd) {
  fd_drop(&l->slots[slot]);
  l->slots[slot] = fd;
}

int root_get(struct launch *l, uint16_t slot, int *root) {
  *root = ROOT_NONE;
  if (slot == PLAN_NO_SLOT)
    return 0;
  *root = slot_get(l, slot);
  return *root < 0 ? -1 : 0;
}

int op_open_tree(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  const char *path = reader_path(r);
  uint32_t flags = reader_u32(r);
  unsigned how = OPEN_TREE_CLOEXEC | (flags & 1 ? OPEN_TREE_CLONE : 0) | (flags & 2 ? AT_RECURSIVE : 0) |
                 (flags & 4 ? AT_SYMLINK_NOFOLLOW : 0);
  int fd = open_tree(AT_FDCWD, path, how);
  if (fd < 0)
    return fail(l, path);
  slot_set(l, slot, fd);
  return 0;
}

int op_open(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  const char *path = reader_path(r);
  uint32_t flags = reader_u32(r);
  static const int access[4] = {O_PATH, O_RDONLY, O_WRONLY, O_RDWR};
  int how = access[flags & 3] | O_CLOEXEC | O_NOCTTY | (flags & 4 ? O_DIRECTORY : 0) | (flags & 8 ? O_NOFOLLOW : 0);
  int fd = open(path, how);
  if (fd < 0)
    return fail(l, path);
  slot_set(l, slot, fd);
  return 0;
}

int op_close(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  if (slot_get(l, slot) < 0)
    return -1;
  slot_set(l, slot, -1);
  if (l->root_slot == slot)
    l->root_slot = -1;
  return 0;
}

int op_write(struct launch *l, struct reader *r) {
  int fd = slot_get(l, reader_u16(r));
  const char *data = reader_str(r);
  if (fd < 0)
    return -1;
  size_t len = strlen(data);
  ssize_t n = write(fd, data, len);
  if (n == (ssize_t)len)
    return 0;
  if (n >= 0)
    errno = EIO;
  return fail(l, data);
}

int op_root_open(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  const char *path = reader_path(r);
  int fd = open(*path ? path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fail(l, path);
  slot_set(l, slot, fd);
  l->root_slot = slot;
  return 0;
}
