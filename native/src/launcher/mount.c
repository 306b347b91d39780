// Mounts, by descriptor only.
#include "compat.h"
#include "fd.h"
#include "guard.h"
#include "inroot.h"
#include "launch.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#define TREE_RECURSIVE 2u

int op_propagation(struct launch *l, struct reader *r) {
  uint64_t flags = reader_u64(r);
  uint8_t recursive = reader_u8(r);
  if (mount(NULL, "/", NULL, (unsigned long)flags | (recursive ? MS_REC : 0), NULL) < 0)
    return fail(l, "/");
  return 0;
}

// The kernel explains a refused option in the context's log: "e TYPE: sentence".
static int fail_by_log(struct launch *l, int fs, const char *what) {
  char line[DETAIL_MAX - 64];
  int saved = errno;
  ssize_t n = read(fs, line, sizeof line - 1);
  errno = saved;
  if (n <= 2)
    return fail(l, what);
  line[n] = 0;
  line[strcspn(line, "\n")] = 0;
  return fail_about(l, what, line + 2);
}

static int set_option(int fs, const char *key, const char *value) {
  return *value ? fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0) : fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0);
}

// What FSMOUNT and TMPFS have in common; mode is "" for the file system's own.
static int make_file_system(struct launch *l, uint16_t slot, const char *type, const char *mode, struct reader *r) {
  FD_AUTO int fs = fsopen(type, FSOPEN_CLOEXEC);
  if (fs < 0)
    return fail(l, type);
  if (*mode && set_option(fs, "mode", mode) < 0)
    return fail_by_log(l, fs, "mode");
  uint32_t count = reader_list(r, 10);
  for (uint32_t i = 0; i < count; i++) {
    const char *key = reader_str(r);
    const char *value = reader_str(r);
    l->item = i;
    if (set_option(fs, key, value) < 0)
      return fail_by_log(l, fs, key);
  }
  l->item = 0;
  uint64_t attrs = reader_u64(r);
  if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
    return fail_by_log(l, fs, type);
  int fd = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attrs);
  if (fd < 0)
    return fail_by_log(l, fs, type);
  slot_set(l, slot, fd);
  return 0;
}

int op_fsmount(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  const char *type = reader_str(r);
  return make_file_system(l, slot, type, "", r);
}

int op_tmpfs(struct launch *l, struct reader *r) {
  int root;
  uint16_t slot = reader_u16(r);
  uint16_t root_slot = reader_u16(r);
  const char *path = reader_path(r);
  char mode[8] = "";
  struct stat st;
  if (root_get(l, root_slot, &root) < 0)
    return -1;
  FD_AUTO int covered = inroot_open(root, path, O_PATH | O_DIRECTORY, false);
  if (covered < 0 ? errno != ENOENT : fstat(covered, &st) < 0)
    return fail(l, path);
  if (covered >= 0)
    snprintf(mode, sizeof mode, "%o", (unsigned)st.st_mode & 07777);
  return make_file_system(l, slot, "tmpfs", mode, r);
}

int op_setattr(struct launch *l, struct reader *r) {
  int fd = slot_get(l, reader_u16(r));
  struct mount_attr attr = {.attr_set = reader_u64(r)};
  attr.attr_clr = reader_u64(r);
  attr.propagation = reader_u64(r);
  uint16_t userns = reader_u16(r);
  uint8_t recursive = reader_u8(r);
  if (fd < 0)
    return -1;
  if (userns != PLAN_NO_SLOT) {
    int ns = slot_get(l, userns);
    if (ns < 0)
      return -1;
    attr.attr_set |= MOUNT_ATTR_IDMAP;
    attr.userns_fd = (unsigned)ns;
  }
  if (mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr) < 0)
    return fail(l, "mount_setattr");
  return 0;
}

int op_locked(struct launch *l, struct reader *r) {
  // The four flags are the same bits for both calls.
  const uint64_t flags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  int fd = slot_get(l, reader_u16(r));
  uint64_t set = reader_u64(r), clear = reader_u64(r);
  struct statfs fs;
  if (fd < 0)
    return -1;
  if (fstatfs(fd, &fs) < 0)
    return fail(l, "fstatfs");
  uint64_t has = (uint64_t)fs.f_flags;
  uint64_t atime = has & ST_NOATIME ? MOUNT_ATTR_NOATIME : has & ST_RELATIME ? 0 : MOUNT_ATTR_STRICTATIME;
  bool no_diratime = has & ST_NODIRATIME, wants_no_diratime = set & MOUNT_ATTR_NODIRATIME;
  if (has & clear & ~set & flags)
    return fail_with(l, EPERM, "locked flags");
  if ((clear & MOUNT_ATTR__ATIME) && ((set & MOUNT_ATTR__ATIME) != atime || no_diratime != wants_no_diratime))
    return fail_with(l, EPERM, "locked access times");
  return 0;
}

int op_tree_inside(struct launch *l, struct reader *r) {
  int root;
  uint16_t slot = reader_u16(r);
  uint16_t root_slot = reader_u16(r);
  const char *path = reader_path(r);
  uint32_t flags = reader_u32(r);
  if (root_get(l, root_slot, &root) < 0)
    return -1;
  FD_AUTO int source = inroot_open(root, path, O_PATH, false);
  unsigned how = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (flags & TREE_RECURSIVE ? AT_RECURSIVE : 0);
  int fd = source < 0 ? -1 : open_tree(source, "", how);
  if (fd < 0)
    return fail(l, path);
  slot_set(l, slot, fd);
  return 0;
}

static int reconfigure(struct launch *l, int target, struct reader *r) {
  FD_AUTO int fs = fspick(target, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
  if (fs < 0)
    return fail(l, "fspick");
  uint32_t count = reader_list(r, 10);
  for (uint32_t i = 0; i < count; i++) {
    const char *key = reader_str(r);
    const char *value = reader_str(r);
    l->item = i;
    if (set_option(fs, key, value) < 0)
      return fail_by_log(l, fs, key);
  }
  l->item = 0;
  return fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0 ? fail_by_log(l, fs, "remount") : 0;
}

int op_remount(struct launch *l, struct reader *r) {
  int root;
  uint16_t root_slot = reader_u16(r);
  const char *path = reader_path(r);
  struct mount_attr attr = {.attr_set = reader_u64(r)};
  attr.attr_clr = reader_u64(r);
  uint8_t superblock = reader_u8(r);
  if (root_get(l, root_slot, &root) < 0)
    return -1;
  FD_AUTO int target = inroot_open(root, path, O_PATH, false);
  if (target < 0)
    return fail(l, path);
  if (superblock && reconfigure(l, target, r) < 0)
    return -1;
  if ((attr.attr_set | attr.attr_clr) && mount_setattr(target, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
    return fail(l, path);
  return 0;
}

enum { CREATE_NOTHING, CREATE_DIRECTORY, CREATE_FILE, CREATE_AS_SOURCE };
#define ATTACH_REAL_DIRECTORY 1u
#define ATTACH_ON_PROCFS 2u

static int create_as(int mount) {
  struct stat st;
  if (fstat(mount, &st) < 0)
    return -1;
  return S_ISDIR(st.st_mode) ? CREATE_DIRECTORY : CREATE_FILE;
}

static int open_target(int root, const char *path, uint8_t create, mode_t mode, bool real_directory) {
  switch (create) {
  case CREATE_NOTHING:
    return inroot_open(root, path, O_PATH | (real_directory ? O_DIRECTORY : 0), real_directory);
  case CREATE_DIRECTORY:
    return inroot_mkdirs(root, path, mode, real_directory);
  case CREATE_FILE:
    return inroot_mkfile(root, path, mode, real_directory);
  default:
    errno = EINVAL;
    return -1;
  }
}

static bool is_root(const char *path) {
  return path[strspn(path, "/")] == 0;
}

int op_attach(struct launch *l, struct reader *r) {
  int root;
  int fd = slot_get(l, reader_u16(r));
  uint16_t root_slot = reader_u16(r);
  const char *path = reader_path(r);
  uint8_t create = reader_u8(r);
  mode_t mode = reader_u32(r) & 07777;
  uint32_t flags = reader_u32(r);
  if (fd < 0 || root_get(l, root_slot, &root) < 0)
    return -1;
  int kind = create == CREATE_AS_SOURCE ? create_as(fd) : create;
  FD_AUTO int target = kind < 0 ? -1 : open_target(root, path, (uint8_t)kind, mode, flags & ATTACH_REAL_DIRECTORY);
  if (target < 0 || (!(flags & ATTACH_ON_PROCFS) && guard_off_procfs(target) < 0) ||
      move_mount(fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
    return fail(l, path);
  if (root == ROOT_NONE || !is_root(path))
    return 0;
  // The root itself is covered now: its slot follows.
  int covered = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (covered < 0)
    return fail(l, path);
  slot_set(l, root_slot, covered);
  return 0;
}
