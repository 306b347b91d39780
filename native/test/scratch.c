#include "scratch.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[256];

void scratch_make(void) {
  const char *base = getenv("CARAFE_TEST_DIR");
  snprintf(scratch, sizeof scratch, "%s/carafe-test-launcher-XXXXXX", base ? base : "/tmp");
  if (!mkdtemp(scratch) || chmod(scratch, 0755) < 0) {
    perror(scratch);
    exit(2);
  }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at) {
  (void)st;
  (void)type;
  (void)at;
  umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
  return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

static int unmount_one(const char *path, const struct stat *st, int type, struct FTW *at) {
  (void)st;
  (void)type;
  (void)at;
  while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
    ;
  return 0;
}

void scratch_remove(void) {
  nftw(scratch, unmount_one, 16, FTW_PHYS);
  if (nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
    printf("# left behind: %s: %s\n", scratch, strerror(errno));
}

const char *scratch_path(void) {
  return scratch;
}

const char *in_scratch(const char *name) {
  static char buffers[16][4096];
  static int next;
  char *buffer = buffers[next++ % 16];
  if (*name == '/')
    snprintf(buffer, sizeof buffers[0], "%s", name);
  else
    snprintf(buffer, sizeof buffers[0], "%s/%s", scratch, name);
  return buffer;
}

int scratch_open(const char *name) {
  int fd = open(in_scratch(name), O_PATH | O_DIRECTORY | O_CLOEXEC);
  CHECK(fd >= 0);
  return fd;
}

void make_dir(const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/", in_scratch(name));
  for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
    *p = 0;
    CHECK(mkdir(path, 0755) == 0 || errno == EEXIST);
    *p = '/';
  }
}

void make_file(const char *name, const char *text) {
  int fd = open(in_scratch(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  CHECK(fd >= 0);
  CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
  close(fd);
}

void make_link(const char *name, const char *target) {
  CHECK(symlink(target, in_scratch(name)) == 0);
}

bool exists(const char *name) {
  struct stat st;
  return lstat(in_scratch(name), &st) == 0;
}

const char *text_of(const char *name) {
  static char text[4096];
  text[0] = 0;
  int fd = open(in_scratch(name), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return text;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  text[n < 0 ? 0 : n] = 0;
  return text;
}

void make_rootfs(const char *name) {
  static const char *const applets[] = {"sh",   "true",  "false", "cat",      "echo", "ls",    "id",
                                        "stat", "sleep", "grep",  "tty",      "pwd",  "mount", "hostname",
                                        "kill", "touch", "mkdir", "readlink", "stty", "sed"};
  char path[4096];
  if (access("/usr/bin/busybox", X_OK) < 0)
    check_skip("busybox: /usr/bin/busybox is not here");
  snprintf(path, sizeof path, "%s/bin", name);
  make_dir(path);
  for (const char *const *dir = (const char *const[]){"proc", "sys", "dev", "tmp", "etc", NULL}; *dir; dir++) {
    snprintf(path, sizeof path, "%s/%s", name, *dir);
    make_dir(path);
  }
  snprintf(path, sizeof path, "%s/bin/busybox", name);
  int in = open("/usr/bin/busybox", O_RDONLY | O_CLOEXEC);
  int out = open(in_scratch(path), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
  struct stat st;
  CHECK(in >= 0 && out >= 0 && fstat(in, &st) == 0);
  for (off_t left = st.st_size; left > 0;) {
    ssize_t n = sendfile(out, in, NULL, (size_t)left);
    CHECK(n > 0);
    left -= n;
  }
  close(in);
  close(out);
  for (size_t i = 0; i < sizeof applets / sizeof applets[0]; i++) {
    snprintf(path, sizeof path, "%s/bin/%s", name, applets[i]);
    make_link(path, "busybox");
  }
}
