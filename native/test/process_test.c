// What a program inherits: limits, credentials, filters, its directory.
#include "check.h"
#include "runner.h"
#include "scratch.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP(n) (1ULL << (n))

static uint64_t own_bounding(void) {
  uint64_t set = 0;
  for (unsigned long c = 0; c < 64; c++)
    if (prctl(PR_CAPBSET_READ, c, 0, 0, 0) == 1)
      set |= CAP(c);
  return set;
}

static void limits_are_the_plans(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_RLIMITS, 2, (const struct test_rlimit[]){{RLIMIT_NOFILE, 64, 128}, {RLIMIT_CORE, 0, 0}});
  plan_add(&b, OP_EXEC, TEXTS("/bin/sh", "-c", "ulimit -Sn; ulimit -Hn; ulimit -Hc"), NO_TEXTS);
  check_output(run(&b), "64\n128\n0\n");
}

static void a_refused_limit_names_its_item(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_RLIMITS, 2, (const struct test_rlimit[]){{RLIMIT_CORE, 0, 0}, {RLIMIT_NOFILE, 10, 5}});
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  check_failure(o, OP_RLIMITS, EINVAL);
  CHECK_NUMBER(o->item, 1);
}

static void process_attributes_are_the_plans(void) {
  struct builder b;
  uint8_t first_cpu[8] = {1};
  plan_begin(&b);
  plan_add(&b, OP_PROCESS, 0027, 5, 0xffffffffu, first_cpu, 8, (unsigned)ADDR_NO_RANDOMIZE);
  plan_add(&b, OP_EXEC,
           TEXTS("/bin/sh", "-c", "umask; nice; grep Cpus_allowed: /proc/self/status; cat /proc/self/personality"),
           NO_TEXTS);
  struct outcome *o = run(&b);
  CHECK(!o->failed);
  CHECK(strncmp(o->text, "0027\n5\nCpus_allowed:\t", 21) == 0);
  CHECK(strstr(o->text, "1\n00040000\n"));
}

// CapInh, CapPrm, CapEff, CapBnd, CapAmb as /proc shows them.
static const char *status_of(uint64_t inh, uint64_t prm, uint64_t eff, uint64_t bnd, uint64_t amb) {
  static char text[512];
  snprintf(text, sizeof text,
           "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\nCapBnd:\t%016llx\nCapAmb:\t%016llx\n",
           (unsigned long long)inh, (unsigned long long)prm, (unsigned long long)eff, (unsigned long long)bnd,
           (unsigned long long)amb);
  return text;
}

static struct outcome *run_status(struct builder *b, const char *pattern) {
  plan_add(b, OP_EXEC, TEXTS("/bin/grep", "-E", pattern, "/proc/self/status"), NO_TEXTS);
  return run(b);
}

static void root_keeps_its_capabilities_only(void) {
  struct builder b;
  uint64_t caps = CAP(CAP_CHOWN) | CAP(CAP_KILL) | CAP(CAP_NET_BIND_SERVICE);
  plan_begin(&b);
  plan_add(&b, OP_CREDENTIALS, 0, 0, 0, NULL, 1, caps, caps, caps, U64(0), U64(0));
  check_output(run_status(&b, "^Cap"), status_of(0, caps, caps, caps, 0));
}

static void a_user_has_none(void) {
  struct builder b;
  uint64_t caps = CAP(CAP_CHOWN) | CAP(CAP_KILL);
  plan_begin(&b);
  plan_add(&b, OP_CREDENTIALS, 1000, 1001, 2, (const uint32_t[]){20, 30}, 1, caps, caps, caps, U64(0), U64(0));
  plan_add(&b, OP_EXEC, TEXTS("/bin/sh", "-c", "id -u; id -g; id -G; grep ^Cap /proc/self/status"),
           TEXTS("PATH=/bin:/usr/bin"));
  char expected[600];
  snprintf(expected, sizeof expected, "1000\n1001\n1001 20 30\n%s", status_of(0, 0, 0, caps, 0));
  check_output(run(&b), expected);
}

static void a_user_has_ambient_ones_on_request(void) {
  struct builder b;
  uint64_t caps = CAP(CAP_NET_BIND_SERVICE), bounding = caps | CAP(CAP_CHOWN);
  plan_begin(&b);
  plan_add(&b, OP_CREDENTIALS, 1000, 1000, 0, NULL, 1, bounding, bounding, bounding, caps, caps);
  check_output(run_status(&b, "^Cap"), status_of(caps, caps, caps, bounding, caps));
}

static void capabilities_that_we_lack_are_refused(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_CREDENTIALS, 0, 0, 0, NULL, 1, U64(0), U64(0), U64(0), U64(0), U64(0));
  plan_add(&b, OP_CREDENTIALS, 0, 0, 0, NULL, 0, U64(0), CAP(CAP_KILL), U64(0), U64(0), U64(0));
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  check_failure(o, OP_CREDENTIALS, EPERM);
  CHECK_TEXT(o->detail, "capset");
}

static void privileged_is_our_own_bounding_set(void) {
  struct builder b;
  uint64_t all = own_bounding();
  plan_begin(&b);
  plan_add(&b, OP_CREDENTIALS, 0, 0, 0, NULL, 1, all, all, all, U64(0), U64(0));
  check_output(run_status(&b, "^Cap"), status_of(0, all, all, all, 0));
}

static void no_new_privileges_is_set(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_NO_NEW_PRIVS);
  check_output(run_status(&b, "^NoNewPrivs"), "NoNewPrivs:\t1\n");
}

// Answers one system call with an errno, allows the rest.
static unsigned filter_of(struct sock_filter filter[4], unsigned call, unsigned error) {
  filter[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  filter[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
  filter[2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
  filter[3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  return 4 * sizeof filter[0];
}

static void a_filter_filters(void) {
  struct builder b;
  struct sock_filter filter[4];
  unsigned len = filter_of(filter, SYS_chdir, EUCLEAN);
  plan_begin(&b);
  plan_add(&b, OP_NO_NEW_PRIVS);
  plan_add(&b, OP_SECCOMP, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW, filter, len);
  plan_add(&b, OP_CWD, "/");
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_CWD, EUCLEAN);
}

// Profiles answer clone3 so: the launcher's last fork has to manage.
static void fork_works_without_clone3(void) {
  struct builder b;
  struct sock_filter filter[4];
  unsigned len = filter_of(filter, SYS_clone3, ENOSYS);
  plan_begin(&b);
  plan_add(&b, OP_SECCOMP, 0, filter, len);
  plan_add(&b, OP_FORK_INIT, CLONE_NEWPID);
  plan_add(&b, OP_EXEC, TEXTS("/bin/sh", "-c", "echo $$"), NO_TEXTS);
  check_output(run(&b), "1\n");
}

static void malformed_filters_are_refused(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_SECCOMP, 0, "1234567", 7);
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_SECCOMP, EINVAL);
}

static void hooks_read_the_state(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_FORK_INIT, CLONE_NEWPID);
  // What a hook prints is not the program's output, so it is compared in the hook.
  plan_add(&b, OP_HOOK, "a hook", "/bin/sh",
           TEXTS("name", "-c", "read -r s; test \"$s $0 $A $(umask)\" = 'pid 1, end name b 0022'"), TEXTS("A=b"), 5000,
           TEXTS("pid ", ", end\n"));
  plan_add(&b, OP_EXEC, TEXTS("/bin/echo", "ran"), NO_TEXTS);
  check_output(run(&b), "ran\n");
}

static void check_hook(const char *script, unsigned timeout, const char *sentence) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_HOOK, "a hook", "/bin/sh", TEXTS("sh", "-c", script), NO_TEXTS, timeout, TEXTS("{}"));
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  check_failure(o, OP_HOOK, ECANCELED);
  CHECK(strcmp(o->detail, sentence) == 0);
}

static void failed_hooks_fail_the_plan(void) {
  check_hook("echo because; exit 3", 0, "error running a hook: exit status 3, output: because\n");
  check_hook("kill -9 $$", 0, "error running a hook: signal: killed, output: ");
  check_hook("sleep 100 & sleep 100", 200, "error running a hook: hook ran past specified timeout of 0.2s");
}

// A hook need not read its state, however long; nor need its output fit.
static void hooks_may_be_deaf_and_loud(void) {
  static char long_state[60000];
  struct builder b;
  memset(long_state, 'x', sizeof long_state - 1);
  plan_begin(&b);
  plan_add(&b, OP_HOOK, "a hook", "/bin/sh", TEXTS("sh", "-c", "exec <&-; head -c 300000 /dev/zero"),
           TEXTS("PATH=/usr/bin:/bin"), 5000, TEXTS(long_state));
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  CHECK(!o->failed && o->done);
}

static void the_directory_is_the_plans(void) {
  struct builder b;
  make_rootfs("rootfs");
  plan_container(&b, "rootfs");
  plan_enter(&b);
  plan_add(&b, OP_CWD, "/etc/../tmp");
  plan_shell(&b, "pwd");
  check_output(run(&b), "/tmp\n");
}

// CVE-2024-21626: a directory of the host by way of a descriptor that the launcher holds.
static void a_directory_outside_the_root_is_refused(void) {
  struct builder b;
  char path[64];
  bool refused = false;
  make_rootfs("rootfs");
  for (int fd = 3; fd < 12; fd++) {
    plan_container(&b, "rootfs");
    plan_add(&b, OP_OPEN, 9, "/etc", 1 | 4);
    plan_enter(&b);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    plan_add(&b, OP_CWD, path);
    plan_shell(&b, "cat passwd");
    struct outcome *o = run(&b);
    CHECK(o->failed || !strstr(o->text, "root:"));
    refused |= o->failed && o->code == OP_CWD && (o->error == EXDEV || o->error == ENOENT);
    CHECK(!o->failed || o->code == OP_CWD);
  }
  CHECK(refused); // one of the numbers was that of /etc
}

static void the_schedule_is_the_plans(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_SCHEDULER, SCHED_BATCH, U64(0), 7, 0, U64(0), U64(0), U64(0));
  plan_add(&b, OP_MEMORY_POLICY, 1 /* MPOL_PREFERRED */, "\1", 1);
  plan_add(&b, OP_EXEC, TEXTS("/bin/sh", "-c", "nice; cut -d' ' -f41 /proc/self/stat; head -1 /proc/self/numa_maps"),
           TEXTS("PATH=/bin:/usr/bin"));
  struct outcome *o = run(&b);
  if (o->failed && o->error == ENOSYS)
    check_skip("numa: the kernel has no memory policies");
  CHECK(!o->failed && strncmp(o->text, "7\n3\n", 4) == 0);
  if (!strstr(o->text, "No such file"))
    CHECK(strstr(o->text, "prefer"));
}

static void stdio_has_an_owner(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_STDIO_OWNER, 1234, 0xffffffffu);
  plan_add(&b, OP_EXEC, TEXTS("/usr/bin/stat", "-L", "-c", "%u %g", "/dev/fd/1", "/dev/null"), NO_TEXTS);
  check_output(run(&b), "1234 0\n0 0\n");
}

static void a_session_is_new(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_FORK_INIT, CLONE_NEWPID);
  plan_add(&b, OP_SESSION);
  plan_add(&b, OP_SESSION); // a leader already
  plan_add(&b, OP_EXEC, TEXTS("/bin/sh", "-c", "cut -d' ' -f6 /proc/self/stat | grep -vx 0 | grep -c ."),
           TEXTS("PATH=/bin:/usr/bin"));
  check_output(run(&b), "1\n");
}

static void a_keyring_is_new(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_KEYRING, "_carafe_test");
  plan_add(&b, OP_EXEC, TEXTS("/bin/cat", "/proc/keys"), NO_TEXTS);
  struct outcome *o = run(&b);
  if (o->failed && o->error == ENOSYS)
    check_skip("keyring: the kernel has no keys");
  if (access("/proc/keys", R_OK) < 0)
    check_skip("keyring: /proc/keys is not here");
  CHECK(!o->failed && strstr(o->text, "_carafe_test"));
}

static void labels_need_their_module(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_LSM_EXEC, 3, "x");
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_LSM_EXEC, EINVAL);
  plan_begin(&b);
  plan_add(&b, OP_LSM_EXEC, 1, "no-such-profile");
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  CHECK(o->failed && o->code == OP_LSM_EXEC);
  CHECK_TEXT(o->detail, "no-such-profile");
}

// The plain file that another process would have to open to reach a launcher's memory or descriptors.
static void a_launcher_is_not_dumpable(void) {
  struct builder b;
  char path[64];
  plan_begin(&b);
  plan_add(&b, OP_CREDENTIALS, 1000, 1000, 0, NULL, 1, U64(0), U64(0), U64(0), U64(0), U64(0));
  plan_add(&b, OP_FORK_INIT, 0);
  plan_add(&b, OP_PARK);
  plan_add(&b, OP_EXEC, TEXTS("/bin/true"), NO_TEXTS);
  plan_end(&b);
  struct outcome *o = run_start(&b, -1);
  CHECK(o->parked);
  snprintf(path, sizeof path, "/proc/%d/environ", o->init);
  struct stat st;
  int rc = stat(path, &st);
  run_kill(o);
  CHECK(rc == 0);
  CHECK_NUMBER(st.st_uid, 0); // not 1000: the kernel gives a non-dumpable process's files to root
}

const struct test process_tests[] = {
    {"process: limits are the plan's", limits_are_the_plans},
    {"process: a refused limit names its item", a_refused_limit_names_its_item},
    {"process: attributes are the plan's", process_attributes_are_the_plans},
    {"process: hooks read the state", hooks_read_the_state},
    {"process: failed hooks fail the plan", failed_hooks_fail_the_plan},
    {"process: hooks may be deaf and loud", hooks_may_be_deaf_and_loud},
    {"process: root keeps its capabilities only", root_keeps_its_capabilities_only},
    {"process: a user has no capability", a_user_has_none},
    {"process: a user has ambient capabilities on request", a_user_has_ambient_ones_on_request},
    {"process: capabilities that we lack are refused", capabilities_that_we_lack_are_refused},
    {"process: privileged is our own bounding set", privileged_is_our_own_bounding_set},
    {"process: no new privileges", no_new_privileges_is_set},
    {"process: a seccomp filter filters", a_filter_filters},
    {"process: fork works without clone3", fork_works_without_clone3},
    {"process: malformed filters are refused", malformed_filters_are_refused},
    {"process: the directory is the plan's", the_directory_is_the_plans},
    {"process: a directory outside the root is refused", a_directory_outside_the_root_is_refused},
    {"process: the schedule is the plan's", the_schedule_is_the_plans},
    {"process: stdio has an owner", stdio_has_an_owner},
    {"process: a session is new", a_session_is_new},
    {"process: a keyring is new", a_keyring_is_new},
    {"process: labels need their module", labels_need_their_module},
    {"process: a launcher is not dumpable", a_launcher_is_not_dumpable},
    {NULL, NULL},
};
