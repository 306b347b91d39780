#include "inroot.h"

#include "compat.h"
#include "fd.h"
#include "launch.h"
#include "owner.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

// Where links are refused O_NOFOLLOW must not be given: with O_PATH it opens the link itself, even then.
//
// openat2 gives EAGAIN when a rename anywhere raced with a ".."; retries are cheap, and an attacker who renames for ever gets an error.
#define EAGAIN_TRIES 1000
#define LINKS_MAX 40 // as the kernel has it

static int open_with(int dir, const char *path, int flags, uint64_t resolve) {
  struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOCTTY), .resolve = resolve};
  if (flags & O_PATH)
    how.flags &= ~(uint64_t)O_NOCTTY; // refused beside O_PATH
  for (int i = 0; i < EAGAIN_TRIES; i++) {
    int fd = sys_openat2(dir, path, &how);
    if (fd >= 0 || errno != EAGAIN)
      return fd;
    sched_yield();
  }
  return -1;
}

int inroot_open(int root, const char *path, int flags, bool no_links) {
  if (root == ROOT_NONE) {
    if (*path != '/') {
      errno = EINVAL;
      return -1;
    }
    return open_with(AT_FDCWD, path, flags, no_links ? RESOLVE_NO_SYMLINKS : 0);
  }
  uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (no_links ? RESOLVE_NO_SYMLINKS : 0);
  return open_with(root, *path ? path : "/", flags, resolve);
}

int inroot_open_regular(int root, const char *path) {
  FD_AUTO int found = inroot_open(root, path, O_PATH, false);
  struct stat st;
  if (found < 0 || fstat(found, &st) < 0)
    return -1;
  if (!S_ISREG(st.st_mode)) {
    errno = ENOENT;
    return -1;
  }
  char same[64];
  snprintf(same, sizeof same, "/proc/self/fd/%d", found);
  return open(same, O_RDONLY | O_CLOEXEC);
}

// One missing directory: made, then opened as what it must be now, a real directory in `dir`.
static int make_one(int root, int dir, const char *name, mode_t mode) {
  if (owner_mkdirat(root, dir, name, mode) < 0 && errno != EEXIST)
    return -1;
  return open_with(dir, name, O_PATH | O_DIRECTORY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

// Takes the first component of *rest into name (NAME_MAX + 1 bytes): 1, 0 at the end, -1 for "..", which can't be resolved below what does not exist.
static int next_component(const char **rest, char *name) {
  for (;;) {
    *rest += strspn(*rest, "/");
    size_t len = strcspn(*rest, "/");
    if (len == 0)
      return 0;
    if (len > NAME_MAX) {
      errno = ENAMETOOLONG;
      return -1;
    }
    memcpy(name, *rest, len);
    name[len] = 0;
    *rest += len;
    if (strcmp(name, "..") == 0) {
      errno = EINVAL;
      return -1;
    }
    if (strcmp(name, ".") != 0)
      return 1;
  }
}

static int make_rest(int root, int start, const char *rest, mode_t mode) {
  char name[NAME_MAX + 1];
  FD_AUTO int dir = start;
  for (;;) {
    int more = next_component(&rest, name);
    if (more < 0)
      return -1;
    if (more == 0)
      return fd_take(&dir);
    int next = make_one(root, dir, name, mode);
    if (next < 0)
      return -1;
    fd_drop(&dir);
    dir = next;
  }
}

static int copy_path(char *copy, const char *path) {
  size_t len = strlen(path);
  if (len >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(copy, path, len + 1);
  return 0;
}

// The longest part of path that exists, resolved by the kernel, links and all; *len is its length.
static int open_longest(int root, const char *path, bool no_links, size_t *len) {
  char prefix[PATH_MAX];
  if (copy_path(prefix, path) < 0)
    return -1;
  for (size_t n = strlen(path);;) {
    int dir = inroot_open(root, n ? prefix : "/", O_PATH | O_DIRECTORY, no_links);
    if (dir >= 0 || errno != ENOENT || n == 0) {
      *len = n;
      return dir;
    }
    while (n > 0 && prefix[n - 1] == '/')
      n--;
    while (n > 0 && prefix[n - 1] != '/')
      n--;
    prefix[n] = 0;
  }
}

// If what follows path[at] in dir is a link, which leads nowhere then, its target takes its place in path: 1. Images have such links: /etc/resolv.conf
// names a file that only a running system has.
static int through_link(char *path, size_t at, int dir) {
  char name[NAME_MAX + 1], target[PATH_MAX], whole[PATH_MAX];
  const char *rest = path + at;
  int more = next_component(&rest, name);
  if (more <= 0)
    return more;
  ssize_t n = readlinkat(dir, name, target, sizeof target);
  if (n < 0)
    return errno == EINVAL || errno == ENOENT ? 0 : -1;
  int before = *target == '/' ? 0 : (int)at;
  int len = snprintf(whole, sizeof whole, "%.*s/%.*s/%s", before, path, (int)n, target, rest);
  if (len < 0 || (size_t)len >= sizeof whole) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return copy_path(path, whole) < 0 ? -1 : 1;
}

int inroot_mkdirs(int root, const char *given, mode_t mode, bool no_links) {
  char path[PATH_MAX];
  if (copy_path(path, given) < 0)
    return -1;
  for (int links = 0; links < LINKS_MAX; links++) {
    size_t len;
    FD_AUTO int dir = open_longest(root, path, no_links, &len);
    int link = dir < 0 ? -1 : no_links ? 0 : through_link(path, len, dir);
    if (link < 0)
      return -1;
    if (link == 0)
      return make_rest(root, fd_take(&dir), path + len, mode);
  }
  errno = ELOOP;
  return -1;
}

// Where path's last component begins; *end: where it ends.
static size_t last_component(const char *path, size_t *end) {
  *end = strlen(path);
  while (*end > 0 && path[*end - 1] == '/')
    (*end)--;
  size_t start = *end;
  while (start > 0 && path[start - 1] != '/')
    start--;
  return start;
}

int inroot_parent(int root, const char *path, char *name) {
  char parent[PATH_MAX];
  size_t end;
  size_t start = last_component(path, &end);
  size_t len = end - start;
  if (len == 0 || len > NAME_MAX || end >= sizeof parent || (len == 1 && path[start] == '.') ||
      (len == 2 && path[start] == '.' && path[start + 1] == '.')) {
    errno = len > NAME_MAX || end >= sizeof parent ? ENAMETOOLONG : EINVAL;
    return -1;
  }
  memcpy(name, path + start, len);
  name[len] = 0;
  memcpy(parent, path, start);
  parent[start] = 0;
  return inroot_mkdirs(root, start ? parent : "/", 0755, false);
}

int inroot_file_at(int dir, const char *name, mode_t mode) {
  int fd = openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, mode);
  if (fd >= 0 || errno != EEXIST)
    return fd;
  return open_with(dir, name, O_PATH, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

int inroot_mkfile(int root, const char *given, mode_t mode, bool no_links) {
  char path[PATH_MAX], name[NAME_MAX + 1];
  if (copy_path(path, given) < 0)
    return -1;
  for (int links = 0; links < LINKS_MAX; links++) {
    int fd = inroot_open(root, path, O_PATH, no_links);
    if (fd >= 0 || errno != ENOENT)
      return fd;
    FD_AUTO int dir = inroot_parent(root, path, name);
    size_t end;
    int link = dir < 0 ? -1 : no_links ? 0 : through_link(path, last_component(path, &end), dir);
    if (link < 0)
      return -1;
    if (link == 0)
      return owner_file_at(root, dir, name, mode);
  }
  errno = ELOOP;
  return -1;
}
