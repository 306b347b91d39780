// Mounts in a container, and what a hostile image tries with them.
#include "check.h"
#include "compat.h"
#include "fd.h"
#include "launch.h"
#include "overlay.h"
#include "runner.h"
#include "scratch.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

static void begin(struct builder *b) {
  make_rootfs("rootfs");
  plan_container(b, "rootfs");
}

static void the_old_root_is_gone(void) {
  struct builder b;
  begin(&b);
  plan_enter(&b);
  plan_shell(&b, "cat /proc/mounts | grep -c ''; ls /; touch /new");
  check_output(run(&b), "2\nbin\ndev\netc\nproc\nsys\ntmp\n");
  CHECK(exists("upper/fs/new") && !exists("rootfs/new"));
  CHECK(exists("rootfs/bin/sh"));
}

static void a_plain_directory_can_be_the_root(void) {
  struct builder b;
  make_rootfs("rootfs");
  plan_begin(&b);
  plan_add(&b, OP_NS_UNSHARE, CLONE_NEWNS);
  plan_add(&b, OP_PROPAGATION, U64(MS_SLAVE), 1);
  plan_add(&b, OP_ROOT_OPEN, ROOT, in_scratch("rootfs"));
  plan_enter(&b);
  plan_shell(&b, "ls /");
  check_output(run(&b), "bin\ndev\netc\nproc\nsys\ntmp\n");
}

static void a_tmpfs_starts_with_what_it_hides(void) {
  struct builder b;
  begin(&b);
  make_dir("rootfs/data/deep");
  make_file("rootfs/data/deep/file", "kept\n");
  make_link("rootfs/data/link", "/etc/passwd");
  CHECK(chmod(in_scratch("rootfs/data/deep"), 0750) == 0 && chown(in_scratch("rootfs/data/deep/file"), 5, 6) == 0);
  plan_add(&b, OP_FSMOUNT, 9, "tmpfs", NO_TEXTS, U64(0));
  plan_add(&b, OP_COPY_UP, 9, ROOT, "/data");
  plan_add(&b, OP_ATTACH, 9, ROOT, "/data", 1, 0755, 0);
  plan_add(&b, OP_FSMOUNT, 10, "tmpfs", NO_TEXTS, U64(0));
  plan_add(&b, OP_COPY_UP, 10, ROOT, "/missing");
  plan_enter(&b);
  plan_shell(&b, "cd /data; cat deep/file; stat -c %a-%u-%g deep deep/file; readlink link; echo new > deep/file");
  check_output(run(&b), "kept\n750-0-0\n644-5-6\n/etc/passwd\n");
  CHECK(strcmp(text_of("rootfs/data/deep/file"), "kept\n") == 0 && !exists("upper/fs/data/deep/file"));
}

// The image's /data is a link out of the root: what is copied is the root's own directory of that name, or nothing.
static void copying_up_stays_in_the_root(void) {
  struct builder b;
  begin(&b);
  make_dir("secret");
  make_file("secret/key", "host\n");
  make_link("rootfs/data", in_scratch("secret"));
  plan_add(&b, OP_FSMOUNT, 9, "tmpfs", NO_TEXTS, U64(0));
  plan_add(&b, OP_COPY_UP, 9, ROOT, "/data");
  plan_add(&b, OP_ATTACH, 9, ROOT, "/mnt", 1, 0755, 0);
  plan_enter(&b);
  plan_shell(&b, "ls -A /mnt");
  check_output(run(&b), "");
}

static void pivot_needs_mounts_of_its_own(void) {
  struct builder b;
  make_rootfs("rootfs");
  plan_begin(&b);
  plan_add(&b, OP_ROOT_OPEN, ROOT, in_scratch("rootfs"));
  plan_add(&b, OP_PIVOT, ROOT);
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_PIVOT, EINVAL);
}

static void masks_hide(void) {
  struct builder b;
  begin(&b);
  make_dir("rootfs/etc/keys");
  make_file("rootfs/etc/keys/a", "secret");
  make_file("rootfs/etc/shadow", "secret");
  plan_add(&b, OP_OPEN_TREE, 9, "/dev/null", 1);
  plan_enter(&b);
  plan_add(&b, OP_MASK, ROOT, 9,
           TEXTS("/etc/keys", "/etc/shadow", "/no/such", "/etc/shadow/below", "/proc/uptime", "/proc/acpi",
                 "/proc/scsi", "/proc/bus", "/proc/timer_list"));
  plan_add(&b, OP_MASK, ROOT, 9, TEXTS("/proc/keys", "/proc/fs"));
  plan_shell(&b, "ls -A /etc/keys /proc/bus /proc/fs; cat /etc/shadow /proc/uptime /proc/timer_list /proc/keys;"
                 "touch /etc/keys/x 2>/dev/null || echo ro; echo more > /etc/shadow; stat -c %t:%T /proc/uptime");
  check_output(run(&b), "/etc/keys:\n\n/proc/bus:\n\n/proc/fs:\nro\n1:3\n");
  CHECK_TEXT(text_of("rootfs/etc/shadow"), "secret");
}

static void a_false_null_is_refused(void) {
  struct builder b;
  begin(&b);
  plan_add(&b, OP_OPEN_TREE, 9, "/dev/zero", 1);
  plan_enter(&b);
  plan_add(&b, OP_MASK, ROOT, 9, TEXTS("/etc"));
  plan_shell(&b, "true");
  check_failure(run(&b), OP_MASK, EINVAL);
}

static void readonly_paths_refuse_writes(void) {
  struct builder b;
  begin(&b);
  make_dir("rootfs/data/sub");
  plan_enter(&b);
  plan_add(&b, OP_READONLY, ROOT, TEXTS("/proc/sys", "/data", "/no/such", "/proc/sysrq-trigger"));
  plan_shell(&b,
             "echo x 2>/dev/null > /proc/sys/kernel/domainname || echo ro; touch /data/sub/x 2>/dev/null || echo ro;"
             "touch /tmp/x && echo rw; grep -c ' /proc/sys .*ro,nosuid,nodev,noexec' /proc/mounts");
  check_output(run(&b), "ro\nro\nrw\n1\n");
}

static void the_root_can_be_read_only(void) {
  struct builder b;
  begin(&b);
  plan_enter(&b);
  plan_add(&b, OP_SETATTR, ROOT, U64(MOUNT_ATTR_RDONLY), U64(0), U64(0), PLAN_NO_SLOT, 0);
  plan_shell(&b, "touch /x 2>&- || echo ro; echo name > /proc/sys/kernel/domainname && echo rw");
  check_output(run(&b), "ro\nrw\n");
}

static void attach_makes_its_targets(void) {
  struct builder b;
  begin(&b);
  make_dir("volume");
  make_file("volume/file", "from the host\n");
  make_link("rootfs/var", "/etc");
  plan_add(&b, OP_OPEN_TREE, 9, in_scratch("volume"), 3);
  plan_add(&b, OP_OPEN_TREE, 10, in_scratch("volume/file"), 1);
  plan_add(&b, OP_SETATTR, 9, U64(MOUNT_ATTR_RDONLY), U64(0), U64(0), PLAN_NO_SLOT, 1);
  plan_add(&b, OP_ATTACH, 9, ROOT, "/var/lib/data", 1, 0755, 0);
  plan_add(&b, OP_ATTACH, 10, ROOT, "/etc/app.conf", 2, 0644, 0);
  plan_enter(&b);
  plan_shell(&b, "cat /etc/lib/data/file /etc/app.conf; touch /var/lib/data/x 2>/dev/null || echo ro;"
                 "stat -c '%a %u' /etc/lib");
  check_output(run(&b), "from the host\nfrom the host\nro\n755 0\n");
  CHECK(!exists("volume/x"));
}

static void attach_without_create_needs_the_target(void) {
  struct builder b;
  begin(&b);
  plan_add(&b, OP_OPEN_TREE, 9, in_scratch("rootfs"), 1);
  plan_add(&b, OP_ATTACH, 9, ROOT, "/missing", 0, 0, 0);
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  check_failure(o, OP_ATTACH, ENOENT);
  CHECK_TEXT(o->detail, "/missing");
}

static void attach_takes_its_sources_kind(void) {
  struct builder b;
  begin(&b);
  make_dir("volume");
  make_file("volume/file", "kind");
  plan_add(&b, OP_OPEN_TREE, 9, in_scratch("volume"), 1);
  plan_add(&b, OP_OPEN_TREE, 10, in_scratch("volume/file"), 1);
  plan_add(&b, OP_ATTACH, 9, ROOT, "/a/dir", 3, 0755, 0);
  plan_add(&b, OP_ATTACH, 10, ROOT, "/a/file", 3, 0644, 0);
  plan_enter(&b);
  plan_shell(&b, "cat /a/dir/file /a/file");
  check_output(run(&b), "kindkind");
}

// CVE-2019-16884: a volume over /proc/self/attr would swallow the label.
static void attach_on_procfs_is_refused(void) {
  struct builder b;
  begin(&b);
  make_file("file", "");
  plan_add(&b, OP_OPEN_TREE, 9, in_scratch("file"), 1);
  plan_enter(&b);
  plan_add_flags(&b, PLAN_MAY_FAIL, OP_ATTACH, 9, ROOT, "/proc/uptime", 0, 0, 0);
  plan_add(&b, OP_ATTACH, 9, ROOT, "/proc/uptime", 0, 0, 2);
  plan_shell(&b, "cat /proc/uptime");
  struct outcome *o = run(&b);
  check_output(o, "");
  CHECK_NUMBER(o->warnings, 1);
  CHECK_NUMBER(o->error, EPERM);
}

static void attach_never_leaves_the_root(void) {
  struct builder b;
  make_dir("outside");
  begin(&b);
  make_link("rootfs/out", in_scratch("outside"));
  make_link("rootfs/up", "../../../../../..");
  plan_add(&b, OP_OPEN_TREE, 9, in_scratch("rootfs"), 1);
  plan_add(&b, OP_ATTACH, 9, ROOT, "/out/dir", 1, 0755, 0);
  plan_enter(&b);
  plan_shell(&b, "ls -d /out/dir/bin");
  check_output(run(&b), "/out/dir/bin\n");
  CHECK(!exists("outside/dir"));
}

static void attach_on_the_root_itself(void) {
  struct builder b;
  begin(&b);
  plan_add(&b, OP_FSMOUNT, 9, "tmpfs", TEXTS("mode", "0711"), U64(0));
  plan_add(&b, OP_OPEN_TREE, 10, in_scratch("rootfs/bin"), 1);
  plan_add(&b, OP_ATTACH, 9, ROOT, "/", 0, 0, 0);
  plan_add(&b, OP_ATTACH, 10, ROOT, "/bin", 1, 0755, 0);
  plan_enter(&b);
  plan_shell(&b, "ls /; stat -c %a /");
  check_output(run(&b), "bin\nproc\n711\n");
}

static void attach_into(const char *image_path, const char *link_target, const char *target, int error) {
  struct builder b;
  make_rootfs("rootfs");
  make_dir("outside");
  CHECK(rmdir(in_scratch(image_path)) == 0);
  make_link(image_path, link_target);
  plan_container(&b, "rootfs");
  plan_add(&b, OP_FSMOUNT, 9, "tmpfs", NO_TEXTS, U64(0));
  plan_add(&b, OP_ATTACH, 9, ROOT, target, 1, 0755, 1);
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_ATTACH, error);
}

static void a_linked_proc_is_refused(void) {
  attach_into("rootfs/proc", "/etc", "/proc", ELOOP);
}

static void a_linked_dev_is_refused(void) {
  attach_into("rootfs/dev", "/etc", "/dev/pts", ELOOP);
}

static void a_file_as_proc_is_refused(void) {
  struct builder b;
  make_rootfs("rootfs");
  CHECK(rmdir(in_scratch("rootfs/sys")) == 0);
  make_file("rootfs/sys", "");
  plan_container(&b, "rootfs");
  plan_add(&b, OP_FSMOUNT, 9, "tmpfs", NO_TEXTS, U64(0));
  plan_add(&b, OP_ATTACH, 9, ROOT, "/sys", 1, 0755, 1);
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_ATTACH, ENOTDIR);
}

static void a_false_proc_diverts_nothing(void) {
  struct builder b;
  make_rootfs("rootfs");
  make_dir("rootfs/proc/sys/kernel");
  make_file("rootfs/proc/sys/kernel/domainname", "untouched");
  plan_container(&b, "rootfs");
  plan_add(&b, OP_FORK_INIT, CLONE_NEWPID);
  plan_add(&b, OP_PIVOT, ROOT);
  plan_add(&b, OP_SYSCTL, TEXTS("kernel.domainname", "real.example"));
  plan_shell(&b, "hostname -d 2>/dev/null; cat /proc/sys/kernel/domainname");
  struct outcome *o = run(&b);
  CHECK(!o->failed);
  CHECK(strstr(o->text, "untouched"));
  CHECK(!exists("upper/fs/proc")); // nothing was copied up, that is, written
}

static void fsmount_explains_a_refused_option(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_FSMOUNT, 9, "tmpfs", TEXTS("size", "1m", "colour", "red"), U64(0));
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  check_failure(o, OP_FSMOUNT, EINVAL);
  CHECK_NUMBER(o->item, 1);
  CHECK(strstr(o->detail, "colour") && strstr(o->detail, "nknown"));
}

static void kernel_file_systems_mount(void) {
  struct builder b;
  begin(&b);
  plan_add(&b, OP_NS_UNSHARE, CLONE_NEWNET | CLONE_NEWCGROUP);
  plan_enter(&b);
  plan_add(&b, OP_FSMOUNT, 9, "sysfs", NO_TEXTS, U64(MOUNT_ATTR_RDONLY));
  plan_add(&b, OP_ATTACH, 9, ROOT, "/sys", 1, 0755, 1);
  plan_add(&b, OP_FSMOUNT, 10, "cgroup2", NO_TEXTS, U64(MOUNT_ATTR_RDONLY));
  plan_add(&b, OP_ATTACH, 10, ROOT, "/sys/fs/cgroup", 1, 0755, 1);
  plan_add(&b, OP_FSMOUNT, 11, "mqueue", NO_TEXTS, U64(0));
  plan_add(&b, OP_ATTACH, 11, ROOT, "/dev/mqueue", 1, 0755, 1);
  plan_add(&b, OP_FSMOUNT, 12, "tmpfs", TEXTS("source", "shm", "size", "64k"), U64(MOUNT_ATTR_NOEXEC));
  plan_add(&b, OP_ATTACH, 12, ROOT, "/dev/shm", 1, 01777, 1);
  plan_shell(&b, "ls /sys/class/net; ls /sys/fs/cgroup | grep -c cgroup.procs; touch /dev/mqueue/q && grep -c "
                 "/dev/mqueue /proc/mounts;"
                 "grep ^shm /proc/mounts | grep -c size=64k; cat /proc/self/cgroup | grep ^0");
  struct outcome *o = run(&b);
  CHECK(!o->failed && strstr(o->text, "lo\n") && strstr(o->text, "\n1\n1\n1\n0::/\n"));
}

static void nodes_and_links_are_made(void) {
  struct builder b;
  begin(&b);
  plan_add(&b, OP_FSMOUNT, 9, "tmpfs", TEXTS("mode", "0755"), U64(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
  plan_add(&b, OP_ATTACH, 9, ROOT, "/dev", 1, 0755, 1);
  plan_add(&b, OP_MKNOD, ROOT, "/dev/null", 'c', 1, 3, 0666, 0, 0);
  plan_add(&b, OP_MKNOD, ROOT, "/dev/null", 'c', 1, 3, 0666, 0, 0); // again is fine
  plan_add(&b, OP_MKNOD, ROOT, "/dev/sub/loop", 'b', 7, 0, 06640, 3, 4);
  plan_add(&b, OP_MKNOD, ROOT, "/dev/pipe", 'p', 0, 0, 0600, 0, 0);
  plan_add(&b, OP_SYMLINK, ROOT, "/dev/fd", "/proc/self/fd");
  plan_add(&b, OP_SYMLINK, ROOT, "/dev/fd", "/proc/self/fd");
  plan_add(&b, OP_MKDIR, ROOT, "/srv/a/b", 01777, 5, 6);
  plan_add(&b, OP_MKDIR, ROOT, "/tmp", 0700, 5, 6);
  plan_add(&b, OP_CHOWN, ROOT, "/etc", 7, 8, 0710);
  plan_enter(&b);
  plan_shell(&b,
             "echo x > /dev/null; stat -c '%n %a %u:%g %t:%T %F' /dev/null /dev/sub/loop /dev/pipe /srv/a/b /tmp /etc;"
             "readlink /dev/fd");
  check_output(run(&b), "/dev/null 666 0:0 1:3 character special file\n/dev/sub/loop 6640 3:4 7:0 block special file\n"
                        "/dev/pipe 600 0:0 0:0 fifo\n/srv/a/b 1777 5:6 0:0 directory\n/tmp 755 0:0 0:0 directory\n"
                        "/etc 710 7:8 0:0 directory\n/proc/self/fd\n");
}

static void a_false_node_is_refused(void) {
  struct builder b;
  begin(&b);
  make_file("rootfs/dev/null", "");
  plan_add(&b, OP_MKNOD, ROOT, "/dev/null", 'c', 1, 3, 0666, 0, 0);
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_MKNOD, EEXIST);
  CHECK(umount2(in_scratch("merged"), MNT_DETACH) == -1); // the launcher's mounts went with it
}

static void check_is_device(char type, int major, int minor, int error) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_OPEN_TREE, 9, "/dev/zero", 1);
  plan_add(&b, OP_IS_DEVICE, 9, type, major, minor);
  plan_add(&b, OP_EXIT);
  if (error)
    check_failure(run(&b), OP_IS_DEVICE, error);
  else
    CHECK(run(&b)->done);
}

static void a_bound_device_is_known_by_its_numbers(void) {
  check_is_device('c', 1, 5, 0);
  check_is_device('c', 1, 3, ENODEV);
  check_is_device('b', 1, 5, ENODEV);
  check_is_device('p', 0, 0, ENODEV);
  check_is_device('x', 1, 5, EINVAL);
}

static void chown_does_not_follow(void) {
  struct builder b;
  begin(&b);
  make_link("rootfs/etc/link", "passwd");
  make_file("rootfs/etc/passwd", "");
  plan_add(&b, OP_CHOWN, ROOT, "/etc/link", 7, 8, 0xffffffffu);
  plan_enter(&b);
  plan_shell(&b, "stat -c %u /etc/link /etc/passwd");
  check_output(run(&b), "7\n0\n");
}

static void a_differing_link_is_refused(void) {
  struct builder b;
  begin(&b);
  make_link("rootfs/dev/fd", "/etc");
  plan_add(&b, OP_SYMLINK, ROOT, "/dev/fd", "/proc/self/fd");
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_SYMLINK, EEXIST);
}

static void bidirectional_mounts_reach_the_host(void) {
  struct builder b;
  make_dir("shared");
  CHECK(mount("none", in_scratch("shared"), "tmpfs", 0, NULL) == 0);
  CHECK(mount(NULL, in_scratch("shared"), NULL, MS_SHARED, NULL) == 0);
  make_dir("shared/in");
  make_rootfs("rootfs");
  make_dir("merged");
  plan_begin(&b);
  plan_add(&b, OP_OPEN_TREE, 9, in_scratch("shared"), 3); // before the unshare
  plan_add(&b, OP_NS_UNSHARE, CLONE_NEWNS);
  plan_add(&b, OP_PROPAGATION, U64(MS_SLAVE), 1);
  plan_add(&b, OP_ROOT_OPEN, ROOT, in_scratch("rootfs"));
  plan_add(&b, OP_ATTACH, 9, ROOT, "/data", 1, 0755, 0);
  plan_enter(&b);
  plan_shell(&b, "mount -t tmpfs none /data/in && touch /data/in/made");
  check_output(run(&b), "");
  CHECK(exists("shared/in/made"));
}

// The layers of an overlay, as the operation gets them.
static struct overlay overlay_of(struct writer *w, unsigned count, const char *upper, const char *work) {
  size_t at = w->len;
  for (unsigned i = 0; i < count; i++) {
    char name[32];
    snprintf(name, sizeof name, "layer%u", i);
    writer_str(w, in_scratch(name));
  }
  struct overlay o = {.lowers = reader_of(w->buf + at, w->len - at), .count = count, .userns = -1};
  at = w->len;
  writer_u32(w, 1);
  writer_str(w, "index");
  writer_str(w, "off");
  o.options = reader_of(w->buf + at, w->len - at);
  o.upper = upper;
  o.work = work;
  o.scratch = in_scratch("layers");
  return o;
}

static void make_layers(unsigned count) {
  make_dir("layers");
  make_dir("u/fs");
  make_dir("u/work");
  for (unsigned i = 0; i < count; i++) {
    char name[64], number[16];
    snprintf(name, sizeof name, "layer%u", i);
    make_dir(name);
    snprintf(number, sizeof number, "%u", i);
    snprintf(name, sizeof name, "layer%u/top", i);
    make_file(name, number);
    snprintf(name, sizeof name, "layer%u/only%u", i, i);
    make_file(name, number);
  }
}

static void check_layers(int fd) {
  CHECK(fd >= 0);
  FD_AUTO int top = openat(fd, "top", O_RDONLY | O_CLOEXEC);
  FD_AUTO int last = openat(fd, "only119", O_RDONLY | O_CLOEXEC);
  FD_AUTO int made = openat(fd, "made", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  char text[8] = "";
  CHECK(read(top, text, sizeof text) == 1 && text[0] == '0');
  CHECK(read(last, text, sizeof text) == 3 && memcmp(text, "119", 3) == 0);
  CHECK(made >= 0 && exists("u/fs/made"));
  CHECK(!exists("layers/0")); // the scratch is empty again
}

// What kernels without "lowerdir+" do, on this one.
static void overlay_by_mount_takes_many_layers(void) {
  static struct launch l = {.own_mounts = true, .channel = -1};
  static uint8_t buf[65536];
  struct writer w = writer_on(buf, sizeof buf);
  make_layers(120);
  char upper[512], work[512];
  snprintf(upper, sizeof upper, "%s/u/fs", scratch_path());
  snprintf(work, sizeof work, "%s/u/work", scratch_path());
  struct overlay o = overlay_of(&w, 120, upper, work);
  FD_AUTO int fd = overlay_in_scratch(&l, &o, -1);
  check_layers(fd);
}

static void overlay_by_mount_works_without_upper(void) {
  static struct launch l = {.own_mounts = true, .channel = -1};
  static uint8_t buf[4096];
  struct writer w = writer_on(buf, sizeof buf);
  make_layers(2);
  struct overlay o = overlay_of(&w, 2, "", "");
  FD_AUTO int fd = overlay_in_scratch(&l, &o, -1);
  CHECK(fd >= 0 && faccessat(fd, "only1", F_OK, 0) == 0);
  CHECK(openat(fd, "made", O_WRONLY | O_CREAT, 0644) == -1 && errno == EROFS);
}

static void overlay_by_mount_refuses_a_comma(void) {
  static struct launch l = {.own_mounts = true, .channel = -1};
  static uint8_t buf[8192];
  struct writer w = writer_on(buf, sizeof buf);
  make_layers(2);
  make_dir("u/f,userxattr");
  struct overlay o = overlay_of(&w, 2, in_scratch("u/f,userxattr"), in_scratch("u/work"));
  CHECK(overlay_in_scratch(&l, &o, -1) == -1 && errno == EINVAL);
}

static void overlay_takes_many_layers(void) {
  struct builder b;
  static char paths[121][320];
  static const char *lowers[122];
  make_rootfs("rootfs");
  make_layers(120);
  make_dir("merged");
  for (int i = 0; i < 120; i++) {
    snprintf(paths[i], sizeof paths[i], "%s/layer%d", scratch_path(), i);
    lowers[i] = paths[i];
  }
  lowers[120] = in_scratch("rootfs");
  plan_begin(&b);
  plan_add(&b, OP_NS_UNSHARE, CLONE_NEWNS);
  plan_add(&b, OP_PROPAGATION, U64(MS_SLAVE), 1);
  plan_add(&b, OP_OVERLAY, OVERLAY_SLOT, lowers, in_scratch("u/fs"), in_scratch("u/work"), PLAN_NO_SLOT,
           TEXTS("index", "off"), in_scratch("layers"));
  plan_add(&b, OP_ATTACH, OVERLAY_SLOT, PLAN_NO_SLOT, in_scratch("merged"), 0, 0, 0);
  plan_add(&b, OP_ROOT_OPEN, ROOT, in_scratch("merged"));
  plan_enter(&b);
  plan_shell(&b, "cat /top /only7 /only119; echo made > /made");
  check_output(run(&b), "07119");
  CHECK_TEXT(text_of("u/fs/made"), "made\n");
}

static void long_paths_are_layers_too(void) {
  struct builder b;
  char path[1024] = "";
  for (int i = 0; i < 3; i++)
    strcat(path,
           "a-directory-name-that-is-rather-long-as-those-of-content-addressed-stores-are-and-then-some-more-of-it/");
  make_dir(path);
  make_rootfs("rootfs");
  make_dir("layers");
  make_dir("merged");
  plan_begin(&b);
  plan_add(&b, OP_NS_UNSHARE, CLONE_NEWNS);
  plan_add(&b, OP_PROPAGATION, U64(MS_SLAVE), 1);
  plan_add(&b, OP_OVERLAY, OVERLAY_SLOT, TEXTS(in_scratch(path), in_scratch("rootfs")), "", "", PLAN_NO_SLOT, NO_TEXTS,
           in_scratch("layers"));
  plan_add(&b, OP_ATTACH, OVERLAY_SLOT, PLAN_NO_SLOT, in_scratch("merged"), 0, 0, 0);
  plan_add(&b, OP_ROOT_OPEN, ROOT, in_scratch("merged"));
  plan_enter(&b);
  plan_shell(&b, "touch /x 2>&- || echo ro; mount | grep -c /layers");
  struct outcome *o = run(&b);
  CHECK_TEXT(o->text, "ro\n0\n");
}

static void one_layer_is_a_read_only_bind(void) {
  struct builder b;
  make_rootfs("rootfs");
  make_dir("merged");
  plan_begin(&b);
  plan_add(&b, OP_NS_UNSHARE, CLONE_NEWNS);
  plan_add(&b, OP_PROPAGATION, U64(MS_SLAVE), 1);
  plan_add(&b, OP_OVERLAY, OVERLAY_SLOT, TEXTS(in_scratch("rootfs")), "", "", PLAN_NO_SLOT, NO_TEXTS,
           in_scratch("layers"));
  plan_add(&b, OP_ATTACH, OVERLAY_SLOT, PLAN_NO_SLOT, in_scratch("merged"), 0, 0, 0);
  plan_add(&b, OP_ROOT_OPEN, ROOT, in_scratch("merged"));
  plan_enter(&b);
  plan_shell(&b, "touch /x 2>&- || echo ro");
  check_output(run(&b), "ro\n");
}

static void a_missing_layer_is_named(void) {
  struct builder b;
  make_dir("layers");
  make_dir("there");
  plan_begin(&b);
  plan_add(&b, OP_NS_UNSHARE, CLONE_NEWNS);
  plan_add(&b, OP_PROPAGATION, U64(MS_SLAVE), 1);
  plan_add(&b, OP_OVERLAY, OVERLAY_SLOT, TEXTS(in_scratch("there"), in_scratch("gone")), "", "", PLAN_NO_SLOT, NO_TEXTS,
           in_scratch("layers"));
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  check_failure(o, OP_OVERLAY, ENOENT);
  CHECK_NUMBER(o->item, 1);
  CHECK_TEXT(o->detail, in_scratch("gone"));
}

const struct test mount_tests[] = {
    {"mount: the old root is gone", the_old_root_is_gone},
    {"mount: a plain directory can be the root", a_plain_directory_can_be_the_root},
    {"mount: a tmpfs starts with what it hides", a_tmpfs_starts_with_what_it_hides},
    {"mount: copying up stays in the root", copying_up_stays_in_the_root},
    {"mount: pivot needs mounts of its own", pivot_needs_mounts_of_its_own},
    {"mount: masks hide", masks_hide},
    {"mount: a false null is refused", a_false_null_is_refused},
    {"mount: read-only paths refuse writes", readonly_paths_refuse_writes},
    {"mount: the root can be read-only", the_root_can_be_read_only},
    {"mount: attach makes its targets", attach_makes_its_targets},
    {"mount: attach without create needs the target", attach_without_create_needs_the_target},
    {"mount: attach takes its source's kind", attach_takes_its_sources_kind},
    {"mount: attach on procfs is refused", attach_on_procfs_is_refused},
    {"mount: attach never leaves the root", attach_never_leaves_the_root},
    {"mount: attach on the root itself", attach_on_the_root_itself},
    {"mount: a linked /proc is refused", a_linked_proc_is_refused},
    {"mount: a linked /dev is refused", a_linked_dev_is_refused},
    {"mount: a file as /sys is refused", a_file_as_proc_is_refused},
    {"mount: a false /proc diverts nothing", a_false_proc_diverts_nothing},
    {"mount: fsmount explains a refused option", fsmount_explains_a_refused_option},
    {"mount: kernel file systems mount", kernel_file_systems_mount},
    {"mount: nodes and links are made", nodes_and_links_are_made},
    {"mount: a false node is refused", a_false_node_is_refused},
    {"mount: a bound device is known by its numbers", a_bound_device_is_known_by_its_numbers},
    {"mount: chown does not follow", chown_does_not_follow},
    {"mount: a differing link is refused", a_differing_link_is_refused},
    {"mount: Bidirectional mounts reach the host", bidirectional_mounts_reach_the_host},
    {"mount: overlay by mount(2) takes many layers", overlay_by_mount_takes_many_layers},
    {"mount: overlay by mount(2) works without upper", overlay_by_mount_works_without_upper},
    {"mount: overlay by mount(2) refuses a comma", overlay_by_mount_refuses_a_comma},
    {"mount: overlay takes many layers", overlay_takes_many_layers},
    {"mount: long paths are layers too", long_paths_are_layers_too},
    {"mount: one layer is a read-only bind", one_layer_is_a_read_only_bind},
    {"mount: a missing layer is named", a_missing_layer_is_named},
    {NULL, NULL},
};
