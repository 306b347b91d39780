// User namespaces.
#include "child.h"
#include "compat.h"
#include "fd.h"
#include "hook.h"
#include "launch.h"
#include "procfs.h"
#include "rawids.h"

#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

// The kernel takes a map in one write of less than a page.
#define MAP_MAX 4096

// The map as the kernel reads it, a range a line: its length, or -1.
static ssize_t map_text(struct launch *l, struct reader *r, char text[MAP_MAX], const char *file) {
  size_t len = 0;
  uint32_t count = reader_list(r, 12);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t inside = reader_u32(r), outside = reader_u32(r), size = reader_u32(r);
    int n = snprintf(text + len, MAP_MAX - len, "%u %u %u\n", inside, outside, size);
    if (n < 0 || (size_t)n >= MAP_MAX - len)
      return fail_with(l, E2BIG, file);
    len += (size_t)n;
  }
  return (ssize_t)len;
}

static int write_map(struct launch *l, pid_t pid, const char *file, struct reader *r) {
  char text[MAP_MAX], path[64];
  ssize_t len = map_text(l, r, text, file);
  if (len <= 0)
    return (int)len;
  snprintf(path, sizeof path, "%d/%s", pid, file);
  FD_AUTO int fd = procfs_open(l, path, O_WRONLY);
  if (fd < 0)
    return fail(l, file);
  return write(fd, text, (size_t)len) == len ? 0 : fail(l, file);
}

static int deny_setgroups(struct launch *l, pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "%d/setgroups", pid);
  FD_AUTO int fd = procfs_open(l, path, O_WRONLY);
  return fd >= 0 && write(fd, "deny", 4) == 4 ? 0 : fail(l, "setgroups");
}

static int keep_userns(struct launch *l, uint16_t slot, const struct child *child) {
  int fd = child_namespace(l, child, CLONE_NEWUSER);
  if (fd < 0)
    return -1;
  slot_set(l, slot, fd);
  return 0;
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
  return keep_userns(l, slot, &child);
}

// `PROGRAM PID INSIDE OUTSIDE SIZE ...`: newuidmap(1), newgidmap(1).
static int map_by_program(struct launch *l, const char *program, pid_t pid, const char *file, struct reader *r) {
  static char text[MAP_MAX];
  static char *argv[MAP_MAX / 2 + 3];
  char number[16];
  char *env[] = {NULL};
  ssize_t len = map_text(l, r, text, file);
  if (len < 0)
    return -1;
  snprintf(number, sizeof number, "%d", pid);
  size_t argc = 0;
  argv[argc++] = (char *)(uintptr_t)program;
  argv[argc++] = number;
  for (char *save, *word = len ? strtok_r(text, " \n", &save) : NULL; word; word = strtok_r(NULL, " \n", &save))
    argv[argc++] = word;
  argv[argc] = NULL;
  struct hook h = {.path = program, .argv = argv, .env = env, .state = ""};
  struct hook_end end;
  if (hook_run(&h, &end) < 0)
    return fail(l, program);
  if (end.code == 0)
    return 0;
  end.output[strcspn(end.output, "\n")] = 0;
  errno = EPERM;
  return fail_about(l, program, end.output);
}

static int map_as_user(struct launch *l, pid_t pid, struct reader *r) {
  struct reader uids = *r;
  for (uint32_t i = reader_list(r, 12); i > 0; i--)
    reader_bytes(r, 12);
  struct reader gids = *r;
  for (uint32_t i = reader_list(r, 12); i > 0; i--)
    reader_bytes(r, 12);
  const char *newuidmap = reader_path(r);
  const char *newgidmap = reader_path(r);
  if (*newuidmap ? map_by_program(l, newuidmap, pid, "uid_map", &uids) : write_map(l, pid, "uid_map", &uids))
    return -1;
  if (*newgidmap)
    return map_by_program(l, newgidmap, pid, "gid_map", &gids);
  return deny_setgroups(l, pid) < 0 ? -1 : write_map(l, pid, "gid_map", &gids);
}

// The child shows its files in /proc to its user, who is to write its maps.
static _Noreturn void show_and_wait(struct launch *l, struct child *c) {
  child_report(c, l, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ? errno : 0);
  child_wait_for_end(c);
}

int op_userns_by_user(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  CHILD_AUTO struct child child = CHILD_NONE;
  pid_t pid = child_start(&child, CLONE_NEWUSER);
  if (pid < 0)
    return fail(l, "clone");
  if (pid == 0)
    show_and_wait(l, &child);
  if (child_await(l, &child) < 0 || map_as_user(l, pid, r) < 0)
    return -1;
  return keep_userns(l, slot, &child);
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
