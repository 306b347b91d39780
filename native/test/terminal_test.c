// The container's terminal.
#include "check.h"
#include "fd.h"
#include "runner.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

static void plan_devices(struct builder *b) {
  plan_add(b, OP_FSMOUNT, 9, "tmpfs", TEXTS("mode", "0755"), U64(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
  plan_add(b, OP_ATTACH, 9, ROOT, "/dev", 1, 0755, 1);
  plan_add(b, OP_FSMOUNT, 10, "devpts", TEXTS("newinstance", "", "ptmxmode", "0666", "mode", "0620", "gid", "5"),
           U64(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
  plan_add(b, OP_ATTACH, 10, ROOT, "/dev/pts", 1, 0755, 1);
  plan_add(b, OP_SYMLINK, ROOT, "/dev/ptmx", "pts/ptmx");
  plan_add(b, OP_MKNOD, ROOT, "/dev/tty", 'c', 5, 0, 0666, 0, 0);
}

// Reads on, after what is in text already, until it holds this or the terminal is closed.
static void read_until(struct outcome *o, char *text, size_t size, const char *needle) {
  size_t len = strlen(text);
  struct pollfd p = {.fd = o->console, .events = POLLIN};
  while (!strstr(text, needle) && len < size - 1 && poll(&p, 1, 5000) == 1) {
    ssize_t n = read(o->console, text + len, size - 1 - len);
    if (n <= 0)
      return;
    len += (size_t)n;
    text[len] = 0;
  }
}

static void a_program_has_a_terminal(void) {
  struct builder b;
  char text[4096] = "";
  make_rootfs("rootfs");
  plan_container(&b, "rootfs");
  plan_devices(&b);
  plan_enter(&b);
  plan_add(&b, OP_TERMINAL, ROOT, 33, 77, 1, 0, 5);
  plan_shell(&b, "tty; stty size; stat -c '%u:%g' /dev/pts/0; read x < /dev/console; echo typed is $x > /dev/tty");
  plan_end(&b);
  struct outcome *o = run_start(&b, -1);
  if (o->failed)
    check_output(o, "");
  CHECK(o->console >= 0);
  read_until(o, text, sizeof text, "0:5\r\n");
  CHECK_TEXT(text, "/dev/pts/0\r\n33 77\r\n0:5\r\n");
  CHECK(write(o->console, "hello\n", 6) == 6);
  read_until(o, text, sizeof text, "typed is hello\r\n");
  close(o->console);
  run_finish(o);
  CHECK(strstr(text, "typed is hello\r\n"));
  CHECK_TEXT(o->text, ""); // nothing on the old stdout
  CHECK_NUMBER(o->exit_code, 0);
}

// As an exec does it: who the program is comes before the last fork, its terminal after.
static void a_user_opens_its_own(void) {
  struct builder b;
  char text[4096] = "";
  make_rootfs("rootfs");
  plan_container(&b, "rootfs");
  plan_devices(&b);
  plan_add(&b, OP_PIVOT, ROOT);
  plan_add(&b, OP_CREDENTIALS, 1000, 1000, 0, NULL, 1, U64(0), U64(0), U64(0), U64(0), U64(0));
  plan_add(&b, OP_FORK_INIT, 0);
  plan_add(&b, OP_TERMINAL, ROOT, 5, 6, 0, 1000, 5);
  plan_shell(&b, "tty; stat -c '%u:%g' /dev/pts/0");
  plan_end(&b);
  struct outcome *o = run_start(&b, -1);
  if (o->failed)
    check_output(o, "");
  read_until(o, text, sizeof text, "1000:5\r\n");
  close(o->console);
  run_finish(o);
  CHECK_TEXT(text, "/dev/pts/0\r\n1000:5\r\n");
}

static void a_false_ptmx_is_refused(void) {
  struct builder b;
  make_rootfs("rootfs");
  make_dir("rootfs/dev/pts");
  make_file("rootfs/dev/pts/ptmx", "");
  plan_container(&b, "rootfs");
  plan_add(&b, OP_TERMINAL, ROOT, 0, 0, 0, 0, 0);
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  check_failure(o, OP_TERMINAL, EXDEV);
  CHECK(o->console == -1);
}

static void a_linked_ptmx_is_refused(void) {
  struct builder b;
  make_rootfs("rootfs");
  make_link("rootfs/dev/pts", "/etc");
  plan_container(&b, "rootfs");
  plan_add(&b, OP_TERMINAL, ROOT, 0, 0, 0, 0, 0);
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_TERMINAL, ELOOP);
}

static void a_linked_console_is_refused(void) {
  struct builder b;
  make_rootfs("rootfs");
  make_file("victim", "untouched");
  plan_container(&b, "rootfs");
  plan_devices(&b);
  plan_add(&b, OP_SYMLINK, ROOT, "/dev/console", "../../victim");
  plan_add(&b, OP_TERMINAL, ROOT, 0, 0, 1, 0, 0);
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_TERMINAL, ELOOP);
  CHECK_TEXT(text_of("victim"), "untouched");
}

const struct test terminal_tests[] = {
    {"terminal: a program has one", a_program_has_a_terminal},
    {"terminal: a user opens its own", a_user_opens_its_own},
    {"terminal: a false ptmx is refused", a_false_ptmx_is_refused},
    {"terminal: a linked ptmx is refused", a_linked_ptmx_is_refused},
    {"terminal: a linked console is refused", a_linked_console_is_refused},
    {NULL, NULL},
};
