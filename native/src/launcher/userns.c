// User namespaces.
#include "child.h"
#include "compat.h"
#include "fd.h"
#include "launch.h"
#include "procfs.h"
#include "rawids.h"

#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

// The kernel takes a map in one write of less than a page.
static int write_map(struct launch *l, pid_t pid, const char *file, struct reader *r) {
  char text[4096], path[64];
  size_t len = 0;
  uint32_t count = reader_list(r, 12);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t inside = reader_u32(r), outside = reader_u32(r), size = reader_u32(r);
    int n = snprintf(text + len, sizeof text - len, "%u %u %u\n", inside, outside, size);
    if (n < 0 || (size_t)n >= sizeof text - len)
      return fail_with(l, E2BIG, file);
    len += (size_t)n;
  }
  if (count == 0)
    return 0;
  snprintf(path, sizeof path, "%d/%s", pid, file);
  FD_AUTO int fd = procfs_open(l, path, O_WRONLY);
  if (fd < 0)
    return fail(l, file);
  return write(fd, text, len) == (ssize_t)len ? 0 : fail(l, file);
}

static int deny_setgroups(struct launch *l, pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "%d/setgroups", pid);
  FD_AUTO int fd = procfs_open(l, path, O_WRONLY);
  return fd >= 0 && write(fd, "deny", 4) == 4 ? 0 : fail(l, "setgroups");
}

int op_userns_create(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  struct reader maps = *r; // written once the child is there
  CHILD_AUTO struct child child = CHILD_NONE;
  pid_t pid = child_start(&child, CLONE_NEWUSER);
  if (pid < 0)
    return fail(l, "clone");
  if (pid == 0)
    child_wait_for_end(&child);
  if (write_map(l, pid, "uid_map", &maps) < 0)
    return -1;
  struct reader gids = maps;
  for (uint32_t i = reader_list(&maps, 12); i > 0; i--)
    reader_bytes(&maps, 12);
  if (reader_u8(&maps) && deny_setgroups(l, pid) < 0)
    return -1;
  if (write_map(l, pid, "gid_map", &gids) < 0)
    return -1;
  int fd = child_namespace(l, &child, CLONE_NEWUSER);
  if (fd < 0)
    return -1;
  slot_set(l, slot, fd);
  return 0;
}

int userns_become_root(struct launch *l, int fd, uint32_t types) {
  // Before, because a namespace may deny setgroups; denied here too when we are in one already, and then there is nothing to drop.
  if (raw_setgroups(0, NULL) < 0 && errno != EPERM)
    return fail(l, "setgroups");
  if (setns(fd, (int)types) < 0)
    return fail(l, "setns");
  // EINVAL: the namespace maps no 0; then CREDENTIALS chooses.
  if ((raw_setresgid(0) < 0 || raw_setresuid(0) < 0) && errno != EINVAL)
    return fail(l, "uid 0 of the user namespace");
  return make_undumpable() < 0 ? fail(l, "PR_SET_DUMPABLE") : 0;
}

int op_userns_enter(struct launch *l, struct reader *r) {
  int fd = slot_get(l, reader_u16(r));
  return fd < 0 ? -1 : userns_become_root(l, fd, CLONE_NEWUSER);
}
