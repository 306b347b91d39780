// Overlay over host directories, on every kernel from 5.15.
//
// Layers that are id-mapped must be attached somewhere (a detached one is EINVAL before 6.15), and mount(2), which does it where overlay has no "lowerdir+"
// (before 6.7), takes a page of options. Both are served by a tmpfs on the scratch directory in our private mount namespace, in which layer i is mounted as "i"
// and the directory above upper and work as "u". Overlay keeps private clones of its layers, so the scratch goes away at the end.
#include "overlay.h"

#include "compat.h"
#include "fd.h"
#include "launch.h"
#include "owner.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define OVERLAY_LAYERS_MAX 500
#define FSCONFIG_STRING_MAX 255
#define MOUNT_DATA_MAX 4096

static int set_attributes(int tree, uint64_t attributes, int userns) {
  struct mount_attr attr = {.attr_set = attributes};
  if (userns >= 0) {
    attr.attr_set |= MOUNT_ATTR_IDMAP;
    attr.userns_fd = (unsigned)userns;
  }
  return attr.attr_set ? mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr) : 0;
}

static int clone_directory(const char *path, uint64_t attributes, int userns) {
  FD_AUTO int tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree < 0 || set_attributes(tree, attributes, userns) < 0)
    return -1;
  return fd_take(&tree);
}

// The working directory is the scratch.
static int attach_layer(const char *path, const char *name, int userns) {
  FD_AUTO int tree = clone_directory(path, 0, userns);
  if (tree < 0 || mkdir(name, 0700) < 0)
    return -1;
  return move_mount(tree, "", AT_FDCWD, name, MOVE_MOUNT_F_EMPTY_PATH);
}

// How much of both paths is the same directory: overlay wants upper and work on one mount.
static size_t common_directory(const char *a, const char *b) {
  size_t common = 0;
  for (size_t i = 0; a[i] && a[i] == b[i]; i++)
    if (a[i] == '/')
      common = i;
  return common;
}

static int attach_upper(struct launch *l, const struct overlay *o, size_t common) {
  char path[PATH_MAX];
  if (common == 0)
    return fail_with(l, EINVAL, o->upper);
  snprintf(path, sizeof path, "%.*s", (int)common, o->upper);
  return attach_layer(path, "u", o->userns) < 0 ? fail(l, path) : 0;
}

static int attach_all(struct launch *l, const struct overlay *o, size_t common) {
  struct reader lowers = o->lowers;
  for (uint32_t i = 0; i < o->count; i++) {
    char name[16];
    const char *path = reader_path(&lowers);
    snprintf(name, sizeof name, "%u", i);
    l->item = i;
    if (attach_layer(path, name, o->userns) < 0)
      return fail(l, path);
  }
  l->item = 0;
  return *o->upper ? attach_upper(l, o, common) : 0;
}

// Goes into a fresh tmpfs on the scratch directory; leave_scratch undoes it.
static int enter_scratch(struct launch *l, const struct overlay *o) {
  if (!l->own_mounts)
    return fail_with(l, EINVAL, "OVERLAY before NS_UNSHARE(NEWNS)");
  FD_AUTO int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
  FD_AUTO int tree = -1;
  if (fs >= 0 && fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
    tree = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  if (tree < 0 || move_mount(tree, "", AT_FDCWD, o->scratch, MOVE_MOUNT_F_EMPTY_PATH) < 0 || fchdir(tree) < 0)
    return fail(l, o->scratch);
  return 0;
}

static int leave_scratch(struct launch *l) {
  if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
    return fail(l, "the overlay's scratch");
  return 0;
}

static int add_option(int fs, const char *key, const char *value) {
  return *value ? fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0) : fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0);
}

static int add_options(struct launch *l, int fs, struct reader r) {
  for (uint32_t i = reader_list(&r, 10); i > 0; i--) {
    const char *key = reader_str(&r);
    if (add_option(fs, key, reader_str(&r)) < 0)
      return fail(l, key);
  }
  return 0;
}

static int add_upper(struct launch *l, int fs, const char *upper, const char *work) {
  if (*upper && (fsconfig(fs, FSCONFIG_SET_STRING, "upperdir", upper, 0) < 0 ||
                 fsconfig(fs, FSCONFIG_SET_STRING, "workdir", work, 0) < 0))
    return fail(l, upper);
  return 0;
}

static int create(struct launch *l, int fs) {
  int fd = fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ? -1 : fsmount(fs, FSMOUNT_CLOEXEC, 0);
  return fd < 0 ? fail(l, "overlay") : fd;
}

// An overlay context that appends layers, or -1 when this kernel has none: the old contexts swallow any key as text until creation, and this flag form, which
// the new ones refuse, tells them apart without a word in the kernel's log.
static int appending_context(void) {
  FD_AUTO int fs = fsopen("overlay", FSOPEN_CLOEXEC);
  if (fs < 0 || fsconfig(fs, FSCONFIG_SET_FLAG, "lowerdir+", NULL, 0) == 0)
    return -1;
  return fd_take(&fs);
}

static int overlay_of_paths(struct launch *l, const struct overlay *o, int fs) {
  struct reader lowers = o->lowers;
  for (uint32_t i = 0; i < o->count; i++) {
    const char *path = reader_path(&lowers);
    l->item = i;
    if (fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir+", path, 0) < 0)
      return fail(l, path);
  }
  l->item = 0;
  if (add_upper(l, fs, o->upper, o->work) < 0 || add_options(l, fs, o->options) < 0)
    return -1;
  return create(l, fs);
}

// The names of upper and work below the scratch.
struct upper_names {
  char upper[PATH_MAX];
  char work[PATH_MAX];
};

static void name_upper(const struct overlay *o, size_t common, struct upper_names *names) {
  names->upper[0] = names->work[0] = 0;
  if (!*o->upper)
    return;
  snprintf(names->upper, sizeof names->upper, "u%.4000s", o->upper + common);
  snprintf(names->work, sizeof names->work, "u%.4000s", o->work + common);
}

static int overlay_of_scratch(struct launch *l, const struct overlay *o, const struct upper_names *names, int fs) {
  for (uint32_t i = 0; i < o->count; i++) {
    char name[16];
    snprintf(name, sizeof name, "%u", i);
    if (fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir+", name, 0) < 0)
      return fail(l, "lowerdir+");
  }
  if (add_upper(l, fs, names->upper, names->work) < 0 || add_options(l, fs, o->options) < 0)
    return -1;
  return create(l, fs);
}

static bool is_plain(const char *text) {
  return text[strcspn(text, ",:\\")] == 0;
}

static int mount_data(const struct overlay *o, const struct upper_names *names, char *data, size_t size) {
  size_t len = 0;
  for (uint32_t i = 0; i < o->count && len < size; i++)
    len += (size_t)snprintf(data + len, size - len, "%s%u", i ? ":" : "lowerdir=", i);
  if (*names->upper && len < size)
    len += (size_t)snprintf(data + len, size - len, ",upperdir=%s,workdir=%s", names->upper, names->work);
  struct reader options = o->options;
  for (uint32_t i = reader_list(&options, 10); i > 0 && len < size; i--) {
    const char *key = reader_str(&options);
    const char *value = reader_str(&options);
    len += (size_t)snprintf(data + len, size - len, *value ? ",%s=%s" : ",%s", key, value);
  }
  errno = E2BIG;
  return len < size ? 0 : -1;
}

static int overlay_by_mount(struct launch *l, const struct overlay *o, const struct upper_names *names) {
  char data[MOUNT_DATA_MAX];
  if (!is_plain(names->upper) || !is_plain(names->work))
    return fail_with(l, EINVAL, o->upper);
  if (mount_data(o, names, data, sizeof data) < 0)
    return fail(l, "overlay options");
  if (mkdir("m", 0700) < 0 || mount("overlay", "m", "overlay", 0, data) < 0)
    return fail(l, "overlay");
  int fd = open_tree(AT_FDCWD, "m", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  return fd < 0 ? fail(l, "overlay") : fd;
}

// Overlay works in its work directory as who mounts it, now and later, and the host's root has no id in an id-mapped one: it would fall back to read-only. So the
// mounter is who owns upper there.
static int become_upper_owner(struct launch *l, const struct overlay *o, const char *upper,
                              struct owner_before *before) {
  struct stat st;
  struct owner us = {geteuid(), getegid()};
  if (o->userns >= 0 && *upper) {
    if (stat(upper, &st) < 0)
      return fail(l, o->upper);
    us = (struct owner){st.st_uid, st.st_gid};
  }
  *before = owner_become(us);
  return 0;
}

static int mount_in_scratch(struct launch *l, const struct overlay *o, const struct upper_names *names, int fs) {
  struct owner_before before;
  if (become_upper_owner(l, o, names->upper, &before) < 0)
    return -1;
  int fd = fs >= 0 ? overlay_of_scratch(l, o, names, fs) : overlay_by_mount(l, o, names);
  owner_restore(&before);
  return fd;
}

int overlay_in_scratch(struct launch *l, const struct overlay *o, int fs) {
  static struct upper_names names; // two paths: too much for a stack frame of a small process
  size_t common = *o->upper ? common_directory(o->upper, o->work) : 0;
  name_upper(o, common, &names);
  if (enter_scratch(l, o) < 0)
    return -1;
  FD_AUTO int fd = -1;
  if (attach_all(l, o, common) == 0)
    fd = mount_in_scratch(l, o, &names, fs);
  int saved = errno;
  char detail[sizeof l->detail];
  memcpy(detail, l->detail, sizeof detail);
  if (leave_scratch(l) < 0 && fd >= 0)
    return -1;
  memcpy(l->detail, detail, sizeof detail);
  errno = saved;
  return fd_take(&fd);
}

static bool fits_fsconfig(const struct overlay *o) {
  struct reader lowers = o->lowers;
  for (uint32_t i = 0; i < o->count; i++)
    if (strlen(reader_path(&lowers)) > FSCONFIG_STRING_MAX)
      return false;
  return strlen(o->upper) <= FSCONFIG_STRING_MAX && strlen(o->work) <= FSCONFIG_STRING_MAX;
}

static int make_overlay(struct launch *l, const struct overlay *o) {
  if (o->count == 1 && !*o->upper) { // overlay wants two layers
    struct reader lowers = o->lowers;
    const char *path = reader_path(&lowers);
    int fd = clone_directory(path, MOUNT_ATTR_RDONLY, o->userns);
    return fd < 0 ? fail(l, path) : fd;
  }
  FD_AUTO int fs = appending_context();
  if (fs >= 0 && o->userns < 0 && fits_fsconfig(o))
    return overlay_of_paths(l, o, fs);
  return overlay_in_scratch(l, o, fs);
}

int op_overlay(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  struct overlay o = {.userns = -1, .count = reader_list(r, 5)};
  o.lowers = *r;
  for (uint32_t i = 0; i < o.count; i++)
    reader_path(r);
  o.upper = reader_path(r);
  o.work = reader_path(r);
  uint16_t userns = reader_u16(r);
  o.options = *r;
  for (uint32_t i = reader_list(r, 10) * 2; i > 0; i--)
    reader_str(r);
  o.scratch = reader_path(r);
  if (userns != PLAN_NO_SLOT && (o.userns = slot_get(l, userns)) < 0)
    return -1;
  if (o.count == 0 || o.count > OVERLAY_LAYERS_MAX || !*o.upper != !*o.work)
    return fail_with(l, EINVAL, "overlay layers");
  int fd = make_overlay(l, &o);
  if (fd < 0)
    return -1;
  slot_set(l, slot, fd);
  return 0;
}
