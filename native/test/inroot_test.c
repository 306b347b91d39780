// Paths in a hostile root.
#include "inroot.h"

#include "check.h"
#include "fd.h"
#include "launch.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static int root_with_outside(void) {
  make_dir("root/a/b");
  make_dir("outside");
  make_file("outside/secret", "secret");
  make_file("root/a/file", "inside");
  return scratch_open("root");
}

static bool same(int fd, const char *name) {
  struct stat a, b;
  return fstat(fd, &a) == 0 && lstat(in_scratch(name), &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

static void opens_what_is_inside(void) {
  FD_AUTO int root = root_with_outside();
  make_link("root/abs", "/a/file");
  make_link("root/rel", "a/b/../file");
  FD_AUTO int plain = inroot_open(root, "/a/file", O_PATH, false);
  FD_AUTO int absolute = inroot_open(root, "abs", O_PATH, false);
  FD_AUTO int relative = inroot_open(root, "/rel", O_PATH, false);
  FD_AUTO int itself = inroot_open(root, "", O_PATH, false);
  FD_AUTO int up = inroot_open(root, "/../../..", O_PATH, false);
  CHECK(same(plain, "root/a/file") && same(absolute, "root/a/file") && same(relative, "root/a/file"));
  CHECK(same(itself, "root") && same(up, "root"));
}

// Every way out that a link can say ends inside, at nothing.
static void links_do_not_lead_out(void) {
  FD_AUTO int root = root_with_outside();
  static const char *const names[] = {"l0", "a/l1", "a/b/l2"};
  static const char *const targets[] = {"../outside", "../../outside", "../../../../outside"};
  for (int i = 0; i < 3; i++) {
    char name[64], path[128];
    snprintf(name, sizeof name, "root/%s", names[i]);
    make_link(name, targets[i]);
    snprintf(path, sizeof path, "%s/secret", names[i]);
    CHECK(inroot_open(root, path, O_PATH, false) == -1 && errno == ENOENT);
  }
  make_link("root/abs", in_scratch("outside"));
  CHECK(inroot_open(root, "abs/secret", O_PATH, false) == -1 && errno == ENOENT);
  CHECK(inroot_open(root, "/a/../../outside/secret", O_PATH, false) == -1 && errno == ENOENT);
}

static void magic_links_are_refused(void) {
  FD_AUTO int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  CHECK(inroot_open(proc, "self/root/etc", O_PATH, false) == -1 && errno == ELOOP);
  CHECK(inroot_open(proc, "self/cwd", O_PATH, false) == -1 && errno == ELOOP);
}

static bool reads(int root, const char *path, const char *content) {
  char text[64];
  FD_AUTO int fd = inroot_open_regular(root, path);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
  return n == (ssize_t)strlen(content) && memcmp(text, content, (size_t)n) == 0;
}

// The FIFO has no writer: whoever opened it would wait for ever.
static void only_regular_files_are_read(void) {
  FD_AUTO int root = root_with_outside();
  make_link("root/abs", "/a/file");
  make_link("root/out", "../outside/secret");
  make_link("root/loop", "loop");
  CHECK(mkfifoat(root, "fifo", 0600) == 0);
  CHECK(reads(root, "a/file", "inside") && reads(root, "abs", "inside"));
  static const char *const none[] = {"fifo", "a", "out", "absent", "loop"};
  for (int i = 0; i < 5; i++)
    CHECK(inroot_open_regular(root, none[i]) == -1 && errno == (i < 4 ? ENOENT : ELOOP));
}

static void mkdirs_makes_what_is_missing(void) {
  FD_AUTO int root = root_with_outside();
  FD_AUTO int dir = inroot_mkdirs(root, "/a/b/c//d/./e/", 0750, false);
  CHECK(dir >= 0 && same(dir, "root/a/b/c/d/e"));
  struct stat st;
  CHECK(fstat(dir, &st) == 0);
  FD_AUTO int again = inroot_mkdirs(root, "a/b/c/d/e", 0700, false);
  CHECK(same(again, "root/a/b/c/d/e"));
  FD_AUTO int itself = inroot_mkdirs(root, "/", 0700, false);
  CHECK(same(itself, "root"));
}

static void mkdirs_follows_links_inside_only(void) {
  FD_AUTO int root = root_with_outside();
  make_link("root/run", "/a");
  FD_AUTO int dir = inroot_mkdirs(root, "/run/new", 0755, false);
  CHECK(same(dir, "root/a/new"));
  make_link("root/out", "../outside");
  FD_AUTO int up = inroot_mkdirs(root, "/out/new", 0755, false);
  CHECK(same(up, "root/outside/new"));
  make_link("root/abs", "/far/away");
  FD_AUTO int deeper = inroot_mkdirs(root, "/abs/new/deeper", 0755, false);
  CHECK(same(deeper, "root/far/away/new/deeper"));
  make_link("root/a/dangling", "nowhere");
  make_link("root/a/nowhere", "b/../further");
  FD_AUTO int twice = inroot_mkdirs(root, "/a/dangling", 0755, false);
  CHECK(same(twice, "root/a/further"));
  CHECK(!exists("outside/new"));
  make_link("root/one", "two");
  make_link("root/two", "one");
  CHECK(inroot_mkdirs(root, "/one/new", 0755, false) == -1 && errno == ELOOP);
}

static void mkdirs_refuses_dots_in_the_missing_part(void) {
  FD_AUTO int root = root_with_outside();
  CHECK(inroot_mkdirs(root, "/new/../../outside/x", 0755, false) == -1 && errno == EINVAL);
  CHECK(!exists("outside/x") && !exists("root/new/..x"));
  CHECK(inroot_mkdirs(root, "/a/file/x", 0755, false) == -1 && errno == ENOTDIR);
}

static void no_links_refuses_any_link(void) {
  FD_AUTO int root = root_with_outside();
  make_link("root/proc", "/a");
  make_link("root/a/inner", "b");
  CHECK(inroot_mkdirs(root, "/proc", 0755, true) == -1 && errno == ELOOP);
  CHECK(inroot_mkdirs(root, "/a/inner/x", 0755, true) == -1 && errno == ELOOP);
  FD_AUTO int dir = inroot_mkdirs(root, "/sys", 0755, true);
  CHECK(same(dir, "root/sys"));
}

static void mkfile_creates_inside_only(void) {
  FD_AUTO int root = root_with_outside();
  FD_AUTO int made = inroot_mkfile(root, "/new/dir/file", 0640, false);
  CHECK(made >= 0 && same(made, "root/new/dir/file"));
  FD_AUTO int there = inroot_mkfile(root, "/a/file", 0640, false);
  CHECK(same(there, "root/a/file"));
  CHECK_TEXT(text_of("root/a/file"), "inside");
  make_link("root/gone", "../outside/made");
  FD_AUTO int up = inroot_mkfile(root, "/gone", 0644, false);
  CHECK(same(up, "root/outside/made"));
  make_dir("root/etc");
  make_link("root/etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf");
  FD_AUTO int resolv = inroot_mkfile(root, "/etc/resolv.conf", 0644, false);
  CHECK(same(resolv, "root/run/systemd/resolve/stub-resolv.conf"));
  make_link("root/gone2", "/etc/../somewhere/else");
  CHECK(inroot_mkfile(root, "/gone2", 0644, true) == -1 && errno == ELOOP);
  make_link("root/in", "/a/file");
  FD_AUTO int through = inroot_mkfile(root, "/in", 0644, false);
  CHECK(same(through, "root/a/file"));
  CHECK(!exists("outside/made"));
  CHECK(inroot_mkfile(root, "/a/x/..", 0644, false) == -1);
}

static void trusted_paths_must_be_absolute(void) {
  CHECK(inroot_open(ROOT_NONE, "tmp", O_PATH, false) == -1 && errno == EINVAL);
  FD_AUTO int dir = inroot_mkdirs(ROOT_NONE, in_scratch("x/y"), 0755, false);
  CHECK(same(dir, "x/y"));
}

// Swaps a directory and a link to the outside as fast as it can.
static pid_t start_swapper(void) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid)
    return pid;
  int at = open(in_scratch("root"), O_PATH | O_DIRECTORY);
  for (;;)
    syscall(SYS_renameat2, at, "swap", at, "link", RENAME_EXCHANGE);
}

static void a_racing_swap_never_wins(void) {
  FD_AUTO int root = root_with_outside();
  make_dir("root/swap");
  make_link("root/link", "../outside");
  pid_t swapper = start_swapper();
  unsigned made = 0, refused = 0;
  for (int i = 0; i < 3000; i++) {
    char path[64];
    snprintf(path, sizeof path, "/swap/%s%d/deep", i % 2 ? "d" : "f", i);
    FD_AUTO int fd = i % 2 ? inroot_mkdirs(root, path, 0755, false) : inroot_mkfile(root, path, 0644, false);
    made += fd >= 0;
    refused += fd < 0;
  }
  kill(swapper, SIGKILL);
  waitpid(swapper, NULL, 0);
  struct stat st;
  CHECK(lstat(in_scratch("outside"), &st) == 0);
  CHECK_NUMBER(st.st_nlink, 2); // no directory was made in it
  CHECK(made > 0 && made + refused == 3000);
}

const struct test inroot_tests[] = {
    {"inroot: opens what is inside", opens_what_is_inside},
    {"inroot: links do not lead out", links_do_not_lead_out},
    {"inroot: magic links are refused", magic_links_are_refused},
    {"inroot: only regular files are read", only_regular_files_are_read},
    {"inroot: mkdirs makes what is missing", mkdirs_makes_what_is_missing},
    {"inroot: mkdirs follows links inside only", mkdirs_follows_links_inside_only},
    {"inroot: mkdirs refuses dots in the missing part", mkdirs_refuses_dots_in_the_missing_part},
    {"inroot: no_links refuses any link", no_links_refuses_any_link},
    {"inroot: mkfile creates inside only", mkfile_creates_inside_only},
    {"inroot: trusted paths must be absolute", trusted_paths_must_be_absolute},
    {"inroot: a racing swap never wins", a_racing_swap_never_wins},
    {NULL, NULL},
};
