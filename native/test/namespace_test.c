// Namespaces: pods', pins, the pod's init.
#include "check.h"
#include "fd.h"
#include "runner.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

static void holder_makes_and_pins(void) {
  struct builder b;
  make_dir("pins");
  plan_begin(&b);
  plan_add(&b, OP_NS_HOLDER, PLAN_NO_SLOT, CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC, 3,
           (const struct test_nsslot[]){{CLONE_NEWNET, 1}, {CLONE_NEWUTS, 2}, {CLONE_NEWIPC, 3}}, "pod-1",
           "example.org", 1, TEXTS("net.ipv4.ip_unprivileged_port_start", "80", "kernel/shm_rmid_forced", "1"));
  plan_add(&b, OP_NS_PIN, 1, in_scratch("pins/net"));
  plan_add(&b, OP_NS_PIN, 1, in_scratch("pins/net")); // again is fine
  plan_add(&b, OP_NS_PIN, 2, in_scratch("pins/deep/uts"));
  plan_add(&b, OP_NS_PIN, 3, in_scratch("pins/ipc"));
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  CHECK(o->done && !o->failed);
  plan_begin(&b);
  plan_add(&b, OP_NS_OPEN, 1, in_scratch("pins/net"));
  plan_add(&b, OP_NS_OPEN, 2, in_scratch("pins/deep/uts"));
  plan_add(&b, OP_NS_OPEN, 3, in_scratch("pins/ipc"));
  plan_add(&b, OP_NS_JOIN, 1, CLONE_NEWNET);
  plan_add(&b, OP_NS_JOIN, 2, CLONE_NEWUTS);
  plan_add(&b, OP_NS_JOIN, 3, CLONE_NEWIPC);
  plan_add(
      &b, OP_EXEC,
      TEXTS("/bin/sh", "-c",
            "cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_unprivileged_port_start "
            "/proc/sys/kernel/shm_rmid_forced; grep -c : /proc/net/dev; cut -c1-32 /proc/net/if_inet6 | head -1"),
      TEXTS("PATH=/bin:/usr/bin"));
  o = run(&b);
  CHECK(!o->failed);
  CHECK(strncmp(o->text, "pod-1\nexample.org\n80\n1\n", 23) == 0);
}

static void another_namespace_is_not_pinned_over(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_NS_HOLDER, PLAN_NO_SLOT, CLONE_NEWUTS | CLONE_NEWIPC, 2,
           (const struct test_nsslot[]){{CLONE_NEWUTS, 1}, {CLONE_NEWIPC, 2}}, "", "", 0, NO_TEXTS);
  plan_add(&b, OP_NS_PIN, 1, in_scratch("pin"));
  plan_add(&b, OP_NS_PIN, 2, in_scratch("pin"));
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_NS_PIN, EEXIST);
}

static void a_pin_never_follows_a_link(void) {
  struct builder b;
  make_link("pin", "elsewhere");
  plan_begin(&b);
  plan_add(&b, OP_NS_HOLDER, PLAN_NO_SLOT, CLONE_NEWUTS, 1, (const struct test_nsslot[]){{CLONE_NEWUTS, 1}}, "", "", 0,
           NO_TEXTS);
  plan_add(&b, OP_NS_PIN, 1, in_scratch("pin"));
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_NS_PIN, ELOOP);
  CHECK(!exists("elsewhere"));
}

static void a_failing_holder_says_why(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_NS_HOLDER, PLAN_NO_SLOT, CLONE_NEWNET, 0, NULL, "", "", 0,
           TEXTS("net.core.somaxconn", "5", "net.no.such", "1"));
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  check_failure(o, OP_NS_HOLDER, ENOENT);
  CHECK_NUMBER(o->item, 1);
  CHECK_TEXT(o->detail, "net.no.such");
}

static void only_namespaces_are_opened(void) {
  struct builder b;
  make_file("file", "");
  plan_begin(&b);
  plan_add(&b, OP_NS_OPEN, 1, in_scratch("file"));
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_NS_OPEN, EINVAL);
}

static void user_and_pid_are_not_unshared_here(void) {
  static const unsigned types[] = {CLONE_NEWUSER, CLONE_NEWPID, CLONE_FILES};
  for (int i = 0; i < 3; i++) {
    struct builder b;
    plan_begin(&b);
    plan_add(&b, OP_NS_UNSHARE, types[i]);
    plan_add(&b, OP_EXIT);
    check_failure(run(&b), OP_NS_UNSHARE, EINVAL);
  }
}

static void sysctl_keys_are_checked(void) {
  static const char *const keys[] = {"../1/environ", "net..x",      ".net", "/net/x",
                                     "net/./x",      "net/../../1", "",     "net.ipv4."};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    struct builder b;
    plan_begin(&b);
    plan_add(&b, OP_SYSCTL, TEXTS(keys[i], "1"));
    plan_add(&b, OP_EXIT);
    struct outcome *o = run(&b);
    check_failure(o, OP_SYSCTL, EINVAL);
    CHECK_TEXT(o->detail, keys[i]);
  }
}

static void sysctl_writes_in_the_namespaces(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_NS_UNSHARE, CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC);
  plan_add(&b, OP_LOOPBACK_UP);
  plan_add(&b, OP_SYSCTL,
           TEXTS("net.ipv4.ip_forward", "1", "net/ipv4/conf/lo/rp_filter", "1", "kernel.msgmax", "4242"));
  plan_add(
      &b, OP_EXEC,
      TEXTS("/bin/sh", "-c",
            "cd /proc/sys; cat net/ipv4/ip_forward net/ipv4/conf/lo/rp_filter kernel/msgmax; cat /proc/net/if_inet6 | "
            "grep -c lo"),
      TEXTS("PATH=/bin:/usr/bin"));
  struct outcome *o = run(&b);
  CHECK(!o->failed && strncmp(o->text, "1\n1\n4242\n", 9) == 0);
}

static void hostnames_are_the_plans(void) {
  struct builder b;
  make_rootfs("rootfs");
  plan_container(&b, "rootfs");
  plan_add(&b, OP_HOSTNAME, "box", "example.org");
  plan_enter(&b);
  plan_shell(&b, "cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname");
  check_output(run(&b), "box\nexample.org\n");
}

static struct outcome *start_pod_init(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_NS_UNSHARE, CLONE_NEWNS);
  plan_add(&b, OP_PROPAGATION, U64(MS_PRIVATE), 1);
  plan_add(&b, OP_FSMOUNT, 9, "tmpfs", TEXTS("mode", "0555"), U64(MOUNT_ATTR_RDONLY));
  plan_add(&b, OP_ATTACH, 9, PLAN_NO_SLOT, "/tmp", 0, 0, 0);
  plan_add(&b, OP_ROOT_OPEN, ROOT, "/tmp");
  plan_add(&b, OP_PIVOT, ROOT);
  plan_add(&b, OP_CLOSE, ROOT);
  plan_add(&b, OP_FORK_INIT, CLONE_NEWPID);
  plan_add(&b, OP_REAP);
  plan_end(&b);
  struct outcome *o = run_start(&b, -1);
  if (o->failed)
    check_output(o, "");
  CHECK(o->executing);
  return o;
}

static bool has_ended(const struct outcome *o, int ms) {
  FD_AUTO int fd = pidfd_open(o->init, 0);
  struct pollfd p = {.fd = fd, .events = POLLIN};
  return poll(&p, 1, ms) == 1;
}

static void pod_init_has_nothing(void) {
  struct outcome *init = start_pod_init();
  struct builder b;
  FD_AUTO int pidfd = pidfd_open(init->init, 0);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/root", init->init);
  make_rootfs("rootfs");
  make_file("rootfs/dev/null", ""); // sh gives it to background jobs
  plan_container(&b, "rootfs");
  plan_add(&b, OP_NS_JOIN, 0, CLONE_NEWPID);
  plan_add(&b, OP_FORK_INIT, 0);
  plan_add(&b, OP_FSMOUNT, PROC_SLOT, "proc", NO_TEXTS, U64(0));
  plan_add(&b, OP_ATTACH, PROC_SLOT, ROOT, "/proc", 1, 0755, 1);
  plan_add(&b, OP_PIVOT, ROOT);
  plan_shell(&b,
             "ls -A /proc/1/root/ /proc/1/cwd/ /proc/1/fd/; cat /proc/1/comm; grep -E '^(Cap|NoNew)' /proc/1/status;"
             "kill -TERM 1; sh -c 'true & exec true'; sleep 0.1; grep -h ^State /proc/[0-9]*/status | grep -c Z");
  plan_end(&b);
  struct outcome *o = run_start(&b, pidfd);
  run_finish(o);
  bool ended_early = has_ended(init, 0);
  kill(init->init, SIGTERM); // the shim's
  bool ended = has_ended(init, 5000);
  run_kill(init);
  CHECK_TEXT(o->text, "/proc/1/cwd/:\n\n/proc/1/fd/:\n\n/proc/1/root/:\ncarafe-pod\nCapInh:\t0000000000000000\n"
                      "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n"
                      "CapAmb:\t0000000000000000\nNoNewPrivs:\t1\n0\n");
  CHECK(!ended_early && ended);
  CHECK_NUMBER(init->exit_code, 0);
}

static void cgroup_clone_starts_inside(void) {
  static const char *const roots[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};
  struct builder b;
  char dir[128], procs[160];
  for (int i = 0; i < 2; i++) {
    snprintf(procs, sizeof procs, "%s/cgroup.procs", roots[i]);
    if (access(procs, W_OK) < 0)
      continue;
    snprintf(dir, sizeof dir, "%s/carafe-test-launcher-%d", roots[i], getpid());
    CHECK(mkdir(dir, 0755) == 0);
    plan_begin(&b);
    plan_add(&b, OP_CGROUP_CLONE, dir);
    plan_add(&b, OP_NS_UNSHARE, CLONE_NEWCGROUP);
    plan_add(&b, OP_FORK_INIT, 0);
    plan_add(&b, OP_EXEC, TEXTS("/bin/grep", "^0::", "/proc/self/cgroup"), NO_TEXTS);
    struct outcome *o = run(&b);
    CHECK(rmdir(dir) == 0);
    check_output(o, "0::/\n");
    return;
  }
  check_skip("cgroup2: no writable hierarchy");
}

const struct test namespace_tests[] = {
    {"namespace: a holder makes and pins", holder_makes_and_pins},
    {"namespace: another one is not pinned over", another_namespace_is_not_pinned_over},
    {"namespace: a pin never follows a link", a_pin_never_follows_a_link},
    {"namespace: a failing holder says why", a_failing_holder_says_why},
    {"namespace: only namespaces are opened", only_namespaces_are_opened},
    {"namespace: user and pid are not unshared here", user_and_pid_are_not_unshared_here},
    {"namespace: sysctl keys are checked", sysctl_keys_are_checked},
    {"namespace: sysctls are written in the namespaces", sysctl_writes_in_the_namespaces},
    {"namespace: hostnames are the plan's", hostnames_are_the_plans},
    {"namespace: the pod's init has nothing", pod_init_has_nothing},
    {"namespace: CGROUP_CLONE starts inside", cgroup_clone_starts_inside},
    {NULL, NULL},
};
