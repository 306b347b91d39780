// A container in a user namespace, with id-mapped layers.
#include "check.h"
#include "compat.h"
#include "fd.h"
#include "runner.h"
#include "scratch.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define USERNS 20
#define BASE 100000
#define RANGE 65536

static const uint32_t map[] = {0, BASE, RANGE};

static void maps_are_written(void) {
  struct builder b;
  static const uint32_t uids[] = {0, 200000, 10, 10, 300000, 5}, gids[] = {0, 400000, 7};
  plan_begin(&b);
  plan_add(&b, OP_USERNS_CREATE, USERNS, 2, uids, 1, gids, 1);
  plan_add(&b, OP_USERNS_ENTER, USERNS);
  plan_add(&b, OP_EXEC,
           TEXTS("/bin/sh", "-c",
                 "sed 's/  */ /g' /proc/self/uid_map /proc/self/gid_map; cat /proc/self/setgroups; id -u; id -G"),
           TEXTS("PATH=/bin:/usr/bin"));
  check_output(run(&b), " 0 200000 10\n 10 300000 5\n 0 400000 7\ndeny\n0\n0\n");
}

static void many_maps_are_written_and_too_many_named(void) {
  static uint32_t maps[3 * 341];
  struct builder b;
  for (uint32_t i = 0; i < 341; i++) {
    maps[3 * i] = i;
    maps[3 * i + 1] = i + 10;
    maps[3 * i + 2] = 1;
  }
  plan_begin(&b);
  plan_add(&b, OP_USERNS_CREATE, USERNS, 340, maps, 1, map, 0);
  plan_add(&b, OP_EXIT);
  CHECK(run(&b)->done);
  plan_begin(&b);
  plan_add(&b, OP_USERNS_CREATE, USERNS, 341, maps, 1, map, 0);
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  check_failure(o, OP_USERNS_CREATE, EINVAL);
  CHECK_TEXT(o->detail, "uid_map");
}

static void a_user_has_his_own_id_and_no_groups_to_set(void) {
  struct builder b;
  static const uint32_t own[] = {0, 0, 1};
  plan_begin(&b);
  plan_add(&b, OP_USERNS_BY_USER, USERNS, 1, own, 1, own, "", "");
  plan_add(&b, OP_USERNS_ENTER, USERNS);
  plan_add(&b, OP_EXEC,
           TEXTS("/bin/sh", "-c", "sed 's/  */ /g' /proc/self/uid_map /proc/self/gid_map; cat /proc/self/setgroups"),
           TEXTS("PATH=/bin:/usr/bin"));
  check_output(run(&b), " 0 0 1\n 0 0 1\ndeny\n");
}

static void a_program_maps_more_or_says_why_not(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_USERNS_BY_USER, USERNS, 1, map, 1, map, "/bin/echo", "/bin/false");
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  check_failure(o, OP_USERNS_BY_USER, EPERM);
  CHECK_TEXT(o->detail, "/bin/false: ");
  plan_begin(&b);
  plan_add(&b, OP_USERNS_BY_USER, USERNS, 1, map, 1, map, "/bin/ls", "");
  plan_add(&b, OP_EXIT);
  o = run(&b);
  check_failure(o, OP_USERNS_BY_USER, EPERM);
  CHECK(strstr(o->detail, "/bin/ls: /bin/ls: cannot access '") == o->detail);
}

static void a_false_map_is_refused(void) {
  static const uint32_t overlap[] = {0, 1000, 10, 5, 2000, 10};
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_USERNS_CREATE, USERNS, 2, overlap, 1, map, 0);
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_USERNS_CREATE, EINVAL);
}

// Not every file system can be id-mapped: tmpfs not before 6.3, overlay never.
static void need_idmapped_mounts(void) {
  struct builder b;
  make_dir("probe");
  plan_begin(&b);
  plan_add(&b, OP_USERNS_CREATE, USERNS, 1, map, 1, map, 0);
  plan_add(&b, OP_OPEN_TREE, 9, in_scratch("probe"), 1);
  plan_add(&b, OP_SETATTR, 9, U64(0), U64(0), U64(0), USERNS, 0);
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  if (o->failed && o->code == OP_SETATTR)
    check_skip("idmap: the test directory's file system has no id-mapped mounts (set CARAFE_TEST_DIR)");
  CHECK(o->done);
}

// Host phase: everything is attached while the mount namespace is still the host's own, so that the container's root can't undo it.
static void plan_mapped_container(struct builder *b) {
  make_rootfs("rootfs");
  make_dir("merged");
  make_dir("upper/fs");
  make_dir("upper/work");
  make_dir("layers");
  make_dir("volume");
  make_file("volume/file", "volume\n");
  plan_begin(b);
  plan_add(b, OP_USERNS_CREATE, USERNS, 1, map, 1, map, 0);
  plan_add(b, OP_OPEN_TREE, 9, in_scratch("volume"), 3);
  plan_add(b, OP_SETATTR, 9, U64(MOUNT_ATTR_RDONLY), U64(0), U64(0), PLAN_NO_SLOT, 1);
  plan_add(b, OP_NS_UNSHARE, CLONE_NEWNS);
  plan_add(b, OP_PROPAGATION, U64(MS_SLAVE), 1);
  plan_add(b, OP_OVERLAY, OVERLAY_SLOT, TEXTS(in_scratch("rootfs")), in_scratch("upper/fs"), in_scratch("upper/work"),
           USERNS, TEXTS("index", "off"), in_scratch("layers"));
  plan_add(b, OP_ATTACH, OVERLAY_SLOT, PLAN_NO_SLOT, in_scratch("merged"), 0, 0, 0);
  plan_add(b, OP_ROOT_OPEN, ROOT, in_scratch("merged"));
  plan_add(b, OP_ATTACH, 9, ROOT, "/data/volume", 1, 0755, 0);
}

static void plan_into_userns_with_terminal(struct builder *b) {
  plan_add(b, OP_USERNS_ENTER, USERNS);
  plan_add(b, OP_NS_UNSHARE, CLONE_NEWNS);
  plan_add(b, OP_FSMOUNT, 32, "devpts", TEXTS("newinstance", "", "ptmxmode", "0666", "mode", "0620", "gid", "5"),
           U64(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
  plan_add(b, OP_ATTACH, 32, ROOT, "/dev/pts", 0, 0, 1);
  plan_enter(b);
  plan_add(b, OP_TERMINAL, ROOT, 24, 80, 1, 0, 5);
}

// The kernel gives a user namespace a sysfs or procfs only while it sees the host's, so before the change of root.
static void plan_into_userns(struct builder *b) {
  plan_add(b, OP_USERNS_ENTER, USERNS);
  plan_add(b, OP_NS_UNSHARE, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP);
  plan_add(b, OP_HOSTNAME, "mapped", "");
  plan_add(b, OP_FSMOUNT, 30, "sysfs", NO_TEXTS,
           U64(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  plan_add(b, OP_ATTACH, 30, ROOT, "/sys", 1, 0755, 1);
  plan_enter(b);
}

static void a_mapped_container_is_root_inside_only(void) {
  struct builder b;
  need_idmapped_mounts();
  plan_mapped_container(&b);
  plan_into_userns(&b);
  plan_shell(
      &b,
      "id -u; hostname; stat -c %u /bin/sh /tmp /data /data/volume; cat /data/volume/file; touch /made; mkdir /tmp/d;"
      "stat -c %u /made /tmp/d; sed 's/  */ /g' /proc/self/uid_map; ls /sys | grep -c kernel; ls /proc/1/cwd/ | grep "
      "-c bin");
  check_output(run(&b), "0\nmapped\n0\n0\n0\n65534\nvolume\n0\n0\n 0 100000 65536\n1\n1\n");
  struct stat st;
  CHECK(stat(in_scratch("upper/fs/made"), &st) == 0);
  CHECK_NUMBER(st.st_uid, 0); // on disk the image's and the container's files have plain ids
}

static void a_mapped_root_can_not_undo_its_mounts(void) {
  struct builder b;
  need_idmapped_mounts();
  plan_mapped_container(&b);
  plan_into_userns(&b);
  plan_shell(&b, "mount -o remount,bind,rw /data/volume 2>&- || echo locked; umount /data/volume 2>&- || echo held;"
                 "touch /data/volume/x 2>&- || echo ro; mount -t tmpfs none /tmp && echo mounts");
  check_output(run(&b), "locked\nheld\nro\nmounts\n");
}

// Device nodes work because their tmpfs was made by the host; devpts is the user namespace's own, so that its group is.
static void a_mapped_container_has_devices(void) {
  struct builder b;
  char text[256] = "";
  need_idmapped_mounts();
  plan_mapped_container(&b);
  plan_add(&b, OP_FSMOUNT, 31, "tmpfs", TEXTS("mode", "0755", "uid", "100000", "gid", "100000"),
           U64(MOUNT_ATTR_NOSUID));
  plan_add(&b, OP_ATTACH, 31, ROOT, "/dev", 1, 0755, 1);
  plan_add(&b, OP_MKNOD, ROOT, "/dev/null", 'c', 1, 3, 0666, BASE, BASE);
  plan_add(&b, OP_MKDIR, ROOT, "/dev/pts", 0755, BASE, BASE);
  plan_add(&b, OP_MKDIR, ROOT, "/home/user", 0700, BASE + 7, BASE + 8);
  plan_into_userns_with_terminal(&b);
  plan_shell(&b, "echo x > /dev/null; stat -c '%u:%g' /dev/null /dev/console /dev/pts /home/user; stat -c %a "
                 "/home/user; tty; echo end");
  plan_end(&b);
  struct outcome *o = run_start(&b, -1);
  if (o->failed)
    check_output(o, "");
  CHECK(o->console >= 0);
  size_t len = 0;
  ssize_t n;
  while (len < sizeof text - 1 && (n = read(o->console, text + len, sizeof text - 1 - len)) > 0)
    len += (size_t)n;
  close(o->console);
  run_finish(o);
  CHECK_TEXT(text, "0:0\r\n0:5\r\n0:0\r\n7:8\r\n700\r\n/dev/pts/0\r\nend\r\n");
}

static void a_mapped_pods_init_has_nothing(void) {
  struct builder b;
  char path[64];
  plan_begin(&b);
  plan_add(&b, OP_USERNS_CREATE, USERNS, 1, map, 1, map, 0);
  plan_add(&b, OP_NS_UNSHARE, CLONE_NEWNS);
  plan_add(&b, OP_PROPAGATION, U64(MS_PRIVATE), 1);
  plan_add(&b, OP_FSMOUNT, 9, "tmpfs", TEXTS("mode", "0555"), U64(MOUNT_ATTR_RDONLY));
  plan_add(&b, OP_ATTACH, 9, PLAN_NO_SLOT, scratch_path(), 0, 0, 0);
  plan_add(&b, OP_ROOT_OPEN, ROOT, scratch_path());
  plan_add(&b, OP_PIVOT, ROOT);
  plan_add(&b, OP_USERNS_ENTER, USERNS);
  plan_add(&b, OP_FORK_INIT, CLONE_NEWPID);
  plan_add(&b, OP_REAP);
  plan_end(&b);
  struct outcome *o = run_start(&b, -1);
  snprintf(path, sizeof path, "/proc/%d/status", o->init);
  const char *status = text_of(path);
  bool capable = !strstr(status, "CapEff:\t0000000000000000") || !strstr(status, "CapPrm:\t0000000000000000");
  bool mapped = strstr(status, "Uid:\t100000\t100000\t100000\t100000");
  run_kill(o);
  CHECK(o->executing && !o->failed && !capable && mapped);
}

static void a_plain_root_works_in_a_user_namespace(void) {
  struct builder b;
  make_rootfs("rootfs");
  CHECK(chown(in_scratch("rootfs"), BASE, BASE) == 0);
  plan_container(&b, "rootfs");
  plan_add(&b, OP_USERNS_CREATE, USERNS, 1, map, 1, map, 0);
  plan_into_userns(&b);
  plan_add(&b, OP_CREDENTIALS, 5, 6, 1, (const uint32_t[]){7}, 1, U64(0x3), U64(0x3), U64(0x3), U64(0), U64(0));
  plan_shell(&b, "id -u; id -g; id -G; grep CapBnd /proc/self/status");
  check_output(run(&b), "5\n6\n6 7\nCapBnd:\t0000000000000003\n");
}

static void a_pods_namespaces_belong_to_its_user_namespace(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_USERNS_CREATE, USERNS, 1, map, 1, map, 0);
  plan_add(&b, OP_NS_HOLDER, USERNS, CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC, 3,
           (const struct test_nsslot[]){{CLONE_NEWNET, 1}, {CLONE_NEWUTS, 2}, {CLONE_NEWUSER, 3}}, "pod", "", 1,
           TEXTS("net.ipv4.ip_forward", "1", "kernel.shmmni", "99"));
  plan_add(&b, OP_NS_PIN, 1, in_scratch("net"));
  plan_add(&b, OP_NS_PIN, 3, in_scratch("user"));
  plan_add(&b, OP_USERNS_ENTER, 3);
  plan_add(&b, OP_NS_JOIN, 1, CLONE_NEWNET);
  plan_add(&b, OP_NS_JOIN, 2, CLONE_NEWUTS);
  plan_add(&b, OP_HOSTNAME, "changed", ""); // only who owns it may
  plan_add(&b, OP_LOOPBACK_UP);
  plan_add(&b, OP_EXEC, TEXTS("/bin/cat", "/proc/sys/kernel/hostname", "/proc/sys/net/ipv4/ip_forward"), NO_TEXTS);
  check_output(run(&b), "changed\n1\n");
}

static void exec_joins_a_mapped_container(void) {
  struct builder b;
  need_idmapped_mounts();
  plan_mapped_container(&b);
  plan_into_userns(&b);
  plan_shell(&b, "sleep 60");
  plan_end(&b);
  struct outcome *target = run_start(&b, -1);
  if (target->failed)
    check_output(target, "");
  int pidfd = (int)syscall(SYS_pidfd_open, target->init, 0);
  plan_begin(&b);
  plan_add(&b, OP_NS_JOIN, 0,
           CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWCGROUP);
  plan_add(&b, OP_CREDENTIALS, 1, 1, 0, NULL, 1, U64(0), U64(0), U64(0), U64(0), U64(0));
  plan_add(&b, OP_CWD, "/tmp");
  plan_add(&b, OP_FORK_INIT, 0);
  plan_shell(&b, "id -u; id -G; hostname; pwd");
  plan_end(&b);
  struct outcome *o = run_start(&b, pidfd);
  run_finish(o);
  close(pidfd);
  run_kill(target);
  check_output(o, "1\n1\nmapped\n/tmp\n");
}

const struct test userns_tests[] = {
    {"userns: maps are written", maps_are_written},
    {"userns: 340 maps are written, 341 refused", many_maps_are_written_and_too_many_named},
    {"userns: a user has his own id, and no groups to set", a_user_has_his_own_id_and_no_groups_to_set},
    {"userns: a program maps more, or says why not", a_program_maps_more_or_says_why_not},
    {"userns: a false map is refused", a_false_map_is_refused},
    {"userns: a mapped container is root inside only", a_mapped_container_is_root_inside_only},
    {"userns: a mapped root can not undo its mounts", a_mapped_root_can_not_undo_its_mounts},
    {"userns: a mapped container has devices", a_mapped_container_has_devices},
    {"userns: a mapped pod's init has nothing", a_mapped_pods_init_has_nothing},
    {"userns: a plain root works in a user namespace", a_plain_root_works_in_a_user_namespace},
    {"userns: a pod's namespaces belong to its user namespace", a_pods_namespaces_belong_to_its_user_namespace},
    {"userns: exec joins a mapped container", exec_joins_a_mapped_container},
    {NULL, NULL},
};
