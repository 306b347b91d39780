// Mounts, by descriptor only.
#include "compat.h"
#include "fd.h"
#include "guard.h"
#include "inroot.h"
#include "launch.h"

#include <string.h>
#include <sys/stat.h>

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

int op_fsmount(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  const char *type = reader_str(r);
  FD_AUTO int fs = fsopen(type, FSOPEN_CLOEXEC);
  if (fs < 0)
    return fail(l, type);
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

enum { CREATE_NOTHING, CREATE_DIRECTORY, CREATE_FILE, CREATE_AS_SOURCE };
#define ATTACH_REAL_DIRECTORY 1u
#define ATTACH_ON_PROCFS 2u
#define ATTACH_WITH_MODE 4u

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

// The mode of the directory that will be covered: -1 when there is none yet.
static int mode_of(int root, const char *path) {
  struct stat st;
  FD_AUTO int there = inroot_open(root, path, O_PATH | O_DIRECTORY, false);
  return there < 0 || fstat(there, &st) < 0 ? -1 : (int)(st.st_mode & 07777);
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
  int covered_mode = flags & ATTACH_WITH_MODE ? mode_of(root, path) : -1;
  if (covered_mode >= 0 && fchmodat(fd, ".", (mode_t)covered_mode, 0) < 0)
    return fail(l, path);
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
