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

int inroot_mkdirs(int root, const char *path, mode_t mode, bool no_links) {
  char prefix[PATH_MAX];
  size_t len = strlen(path);
  if (len >= sizeof prefix) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(prefix, path, len + 1);
  // The longest part that exists is resolved by the kernel, links and all; the rest is made name by name.
  for (;;) {
    int dir = inroot_open(root, len ? prefix : "/", O_PATH | O_DIRECTORY, no_links);
    if (dir >= 0)
      return make_rest(root, dir, path + len, mode);
    if (errno != ENOENT || len == 0)
      return -1;
    while (len > 0 && prefix[len - 1] == '/')
      len--;
    while (len > 0 && prefix[len - 1] != '/')
      len--;
    prefix[len] = 0;
  }
}

int inroot_parent(int root, const char *path, char *name) {
  char parent[PATH_MAX];
  size_t end = strlen(path);
  while (end > 0 && path[end - 1] == '/')
    end--;
  size_t start = end;
  while (start > 0 && path[start - 1] != '/')
    start--;
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

int inroot_mkfile(int root, const char *path, mode_t mode, bool no_links) {
  int fd = inroot_open(root, path, O_PATH, no_links);
  if (fd >= 0 || errno != ENOENT)
    return fd;
  char name[NAME_MAX + 1];
  FD_AUTO int dir = inroot_parent(root, path, name);
  return dir < 0 ? -1 : owner_file_at(root, dir, name, mode);
}
