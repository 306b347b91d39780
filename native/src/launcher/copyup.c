// A tmpfs that starts with what lay below it (the mount option tmpcopyup).
#include "compat.h"
#include "fd.h"
#include "inroot.h"
#include "launch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#define DEPTH_MAX 64
#define CHUNK (1 << 20)

// Both directories are descriptors, and names in them are never followed: the tree is the image's.
struct level {
  int from, to;
  unsigned depth;
};

static int copy_directory(const struct level *level);

static int set_owner(int to, const char *name, const struct stat *st) {
  return fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW);
}

static int copy_file(const struct level *level, const char *name, const struct stat *st) {
  FD_AUTO int in = openat(level->from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  FD_AUTO int out = in < 0 ? -1 : openat(level->to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (out < 0)
    return -1;
  ssize_t n;
  while ((n = sendfile(out, in, NULL, CHUNK)) > 0)
    ;
  return n < 0 || fchown(out, st->st_uid, st->st_gid) < 0 || fchmod(out, st->st_mode & 07777) < 0 ? -1 : 0;
}

static int copy_link(const struct level *level, const char *name, const struct stat *st) {
  char target[PATH_MAX];
  ssize_t n = readlinkat(level->from, name, target, sizeof target - 1);
  if (n < 0)
    return -1;
  target[n] = 0;
  return symlinkat(target, level->to, name) < 0 ? -1 : set_owner(level->to, name, st);
}

static int copy_below(const struct level *level, const char *name, const struct stat *st) {
  FD_AUTO int from = openat(level->from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (from < 0 || mkdirat(level->to, name, 0700) < 0)
    return -1;
  FD_AUTO int to = openat(level->to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct level below = {.from = from, .to = to, .depth = level->depth + 1};
  if (to < 0 || copy_directory(&below) < 0)
    return -1;
  return fchown(to, st->st_uid, st->st_gid) < 0 || fchmod(to, st->st_mode & 07777) < 0 ? -1 : 0;
}

// Sockets are left out: nobody could listen at a copy.
static int copy_entry(const struct level *level, const char *name) {
  struct stat st;
  if (fstatat(level->from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return -1;
  switch (st.st_mode & S_IFMT) {
  case S_IFREG:
    return copy_file(level, name, &st);
  case S_IFLNK:
    return copy_link(level, name, &st);
  case S_IFDIR:
    return copy_below(level, name, &st);
  case S_IFSOCK:
    return 0;
  default:
    if (mknodat(level->to, name, st.st_mode & (S_IFMT | 07777), st.st_rdev) < 0)
      return -1;
    return set_owner(level->to, name, &st);
  }
}

static bool is_self_or_parent(const char *name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int copy_directory(const struct level *level) {
  _Alignas(struct dirent64) char buf[4096];
  if (level->depth > DEPTH_MAX) {
    errno = ELOOP;
    return -1;
  }
  ssize_t len;
  while ((len = getdents64(level->from, buf, sizeof buf)) > 0) {
    for (ssize_t at = 0; at < len;) {
      const struct dirent64 *entry = (const struct dirent64 *)(const void *)(buf + at);
      if (!is_self_or_parent(entry->d_name) && copy_entry(level, entry->d_name) < 0)
        return -1;
      at += entry->d_reclen;
    }
  }
  return (int)len;
}

int op_copy_up(struct launch *l, struct reader *r) {
  int tree = slot_get(l, reader_u16(r));
  int root;
  if (tree < 0 || root_get(l, reader_u16(r), &root) < 0)
    return -1;
  const char *path = reader_path(r);
  FD_AUTO int from = inroot_open(root, path, O_RDONLY | O_DIRECTORY, false);
  if (from < 0)
    return errno == ENOENT ? 0 : fail(l, path);
  FD_AUTO int to = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct level top = {.from = from, .to = to};
  struct stat st;
  if (to < 0 || copy_directory(&top) < 0 || fstat(from, &st) < 0 || fchown(to, st.st_uid, st.st_gid) < 0)
    return fail(l, path);
  return fchmod(to, st.st_mode & 07777) < 0 ? fail(l, path) : 0;
}
