// A program runs, and what the shim hears of it.
#include "check.h"
#include "launch.h"
#include "runner.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void runs_true(void) {
  struct builder b;
  make_rootfs("rootfs");
  plan_container(&b, "rootfs");
  plan_enter(&b);
  plan_add(&b, OP_EXEC, TEXTS("true"), TEXTS("PATH=/bin"));
  struct outcome *o = run(&b);
  check_output(o, "");
  CHECK(o->init != o->launcher);
}

static void exit_code_and_output_arrive(void) {
  struct builder b;
  make_rootfs("rootfs");
  plan_container(&b, "rootfs");
  plan_enter(&b);
  plan_shell(&b, "echo hello $$; exit 7");
  struct outcome *o = run(&b);
  CHECK_TEXT(o->text, "hello 1\n");
  CHECK_NUMBER(o->exit_code, 7);
}

static void missing_program_is_enoent(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_EXEC, TEXTS("no-such-program"), TEXTS("PATH=/bin:/usr/bin"));
  struct outcome *o = run(&b);
  check_failure(o, OP_EXEC, ENOENT);
  CHECK_TEXT(o->detail, "no-such-program");
  CHECK(o->executing);
  CHECK_NUMBER(o->exit_code, 1);
}

static struct outcome *run_named(const char *name, const char *path) {
  struct builder b;
  char variable[4200] = "PATH=";
  strcat(variable, path);
  plan_begin(&b);
  plan_add(&b, OP_EXEC, TEXTS(name), TEXTS("A=b", variable));
  return run(&b);
}

static void path_is_searched_as_execvp_does(void) {
  char path[4100];
  make_dir("plain");
  make_dir("good");
  make_file("plain/tool", "#!/bin/sh\necho wrong\n");
  make_file("good/tool", "#!/bin/sh\necho right\n");
  make_file("file", "");
  CHECK(chmod(in_scratch("good/tool"), 0755) == 0);
  snprintf(path, sizeof path, "%s:%s:%s", in_scratch("file"), in_scratch("plain"), in_scratch("good"));
  check_output(run_named("tool", path), "right\n");
  check_failure(run_named("tool", in_scratch("plain")), OP_EXEC, EACCES);
  check_failure(run_named("tool", in_scratch("file")), OP_EXEC, ENOENT);
  check_failure(run_named("tool", ""), OP_EXEC, ENOENT);
  check_failure(run_named("", in_scratch("good")), OP_EXEC, ENOENT);
  check_failure(run_named(in_scratch("plain/tool"), in_scratch("good")), OP_EXEC, EACCES);
  make_file("good/blob", "no program");
  CHECK(chmod(in_scratch("good/blob"), 0755) == 0);
  check_failure(run_named("blob", in_scratch("good")), OP_EXEC, ENOEXEC);
}

static void path_is_the_programs_own(void) {
  struct builder b;
  make_dir("good");
  make_file("good/tool", "#!/bin/sh\n");
  CHECK(chmod(in_scratch("good/tool"), 0755) == 0);
  CHECK(setenv("PATH", in_scratch("good"), 1) == 0);
  plan_begin(&b);
  plan_add(&b, OP_EXEC, TEXTS("tool"), NO_TEXTS);
  struct outcome *o = run(&b);
  setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
  check_failure(o, OP_EXEC, ENOENT);
}

static void no_descriptor_is_left(void) {
  struct builder b;
  int leak = open("/etc/passwd", O_RDONLY); // not O_CLOEXEC, like a careless parent's
  CHECK(leak >= 0);
  plan_begin(&b);
  plan_add(&b, OP_OPEN, 9, "/etc/passwd", 1);
  plan_add(&b, OP_OPEN_TREE, 10, "/etc", 1);
  plan_add(&b, OP_SYSCTL, NO_TEXTS);
  plan_add(&b, OP_FORK_INIT, 0);
  plan_add(&b, OP_EXEC, TEXTS("/bin/ls", "/proc/self/fd"), NO_TEXTS);
  struct outcome *o = run(&b);
  close(leak);
  check_output(o, "0\n1\n2\n3\n"); // 3 is ls reading the directory
}

static void park_waits_for_go(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_FORK_INIT, 0);
  plan_add(&b, OP_PARK);
  plan_add(&b, OP_EXEC, TEXTS("/bin/echo", "gone"), NO_TEXTS);
  plan_end(&b);
  struct outcome *o = run_start(&b, -1);
  CHECK(o->parked && !o->executing);
  run_go(o);
  CHECK(o->executing);
  run_finish(o);
  check_output(o, "gone\n");
}

static void parked_launcher_ends_with_its_shim(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_PARK);
  plan_add(&b, OP_EXEC, TEXTS("/bin/true"), NO_TEXTS);
  plan_end(&b);
  struct outcome *o = run_start(&b, -1);
  close(o->channel);
  o->channel = open("/dev/null", O_RDONLY);
  run_finish(o);
  CHECK_NUMBER(o->exit_code, 1);
  CHECK(!o->executing);
}

static struct outcome *park_at_fifo(const char *program) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_OPEN, 9, in_scratch("fifo"), 3 | 8);
  plan_add(&b, OP_FORK_INIT, 0);
  plan_add(&b, OP_PARK_FIFO, 9, program, "/nowhere:/bin");
  plan_add(&b, OP_EXEC, TEXTS("/bin/ls", "/proc/self/fd"), NO_TEXTS);
  plan_end(&b);
  return run_start(&b, -1);
}

static void who_is_parked_can_be_ended(void) {
  CHECK(mkfifo(in_scratch("fifo"), 0600) == 0);
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_OPEN, 9, in_scratch("fifo"), 3 | 8);
  plan_add(&b, OP_FORK_INIT, CLONE_NEWPID);
  plan_add(&b, OP_PARK_FIFO, 9, "ls", "/bin");
  plan_add(&b, OP_EXEC, TEXTS("/bin/ls"), NO_TEXTS);
  plan_end(&b);
  struct outcome *o = run_start(&b, -1);
  CHECK(o->parked && kill(o->init, SIGTERM) == 0);
  run_finish(o);
  CHECK_NUMBER(o->exit_code, 128 + SIGTERM);
  CHECK(!o->executing);
}

// Nobody of those who made the container is left when its FIFO is written to.
static void fifo_park_waits_for_a_byte(void) {
  CHECK(mkfifo(in_scratch("fifo"), 0600) == 0);
  struct outcome *o = park_at_fifo("ls");
  CHECK(o->parked && !o->executing && !o->failed);
  int fifo = open(in_scratch("fifo"), O_WRONLY | O_NONBLOCK);
  CHECK(fifo >= 0 && write(fifo, "", 1) == 1);
  run_hear(o);
  run_finish(o);
  close(fifo);
  check_output(o, "0\n1\n2\n3\n"); // 3 is ls reading the directory
}

static void fifo_park_looks_for_the_program_first(void) {
  CHECK(mkfifo(in_scratch("fifo"), 0600) == 0);
  struct outcome *o = park_at_fifo("no-such-program");
  run_finish(o);
  CHECK(!o->parked);
  check_failure(o, OP_PARK_FIFO, ENOENT);
  o = park_at_fifo("/etc/passwd");
  run_finish(o);
  check_failure(o, OP_PARK_FIFO, EACCES);
}

static void fifo_park_wants_a_fifo(void) {
  make_file("fifo", "x");
  struct outcome *o = park_at_fifo("ls");
  run_finish(o);
  check_failure(o, OP_PARK_FIFO, EINVAL);
}

static void exit_ends_with_done(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  CHECK(o->done && !o->failed);
  CHECK_NUMBER(o->exit_code, 0);
}

static void failure_names_operation_and_path(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_SESSION);
  plan_add(&b, OP_OPEN, 3, "/no/such/file", 1);
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  check_failure(o, OP_OPEN, ENOENT);
  CHECK_NUMBER(o->index, 1);
  CHECK_TEXT(o->detail, "/no/such/file");
}

static void may_fail_warns_and_goes_on(void) {
  struct builder b;
  plan_begin(&b);
  plan_add_flags(&b, PLAN_MAY_FAIL, OP_OPEN, 3, "/no/such/file", 1);
  plan_add_flags(&b, PLAN_MAY_FAIL, OP_SYSCTL, TEXTS("no.such", "1", "../x", "2", "kernel.ostype", "3"));
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  CHECK(o->done && !o->failed);
  CHECK_NUMBER(o->warnings, 4);
  CHECK_NUMBER(o->item, 2);
  CHECK_TEXT(o->detail, "kernel.ostype");
}

static void empty_slot_is_ebadf(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_WRITE, 77, "x");
  plan_add(&b, OP_EXIT);
  check_failure(run(&b), OP_WRITE, EBADF);
  plan_begin(&b);
  plan_add(&b, OP_OPEN, 77, "/dev/null", 2);
  plan_add(&b, OP_WRITE, 77, "x");
  plan_add(&b, OP_CLOSE, 77);
  plan_add(&b, OP_CLOSE, 77);
  plan_add(&b, OP_EXIT);
  struct outcome *o = run(&b);
  check_failure(o, OP_CLOSE, EBADF);
  CHECK_NUMBER(o->index, 3);
}

static void malformed_plan_runs_nothing(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_EXIT);
  plan_end(&b);
  b.w.buf[0] ^= 1;
  struct outcome *o = run_start(&b, -1);
  run_finish(o);
  CHECK(o->failed && o->error == EBADMSG);
}

static void exec_joins_a_running_container(void) {
  struct builder b;
  make_rootfs("rootfs");
  plan_container(&b, "rootfs");
  plan_add(&b, OP_HOSTNAME, "first", "");
  plan_enter(&b);
  plan_shell(&b, "echo up > /tmp/up; sleep 60");
  plan_end(&b);
  struct outcome *target = run_start(&b, -1);
  CHECK(target->executing && !target->failed);
  int pidfd = pidfd_open(target->init, 0);
  CHECK(pidfd >= 0);
  plan_begin(&b);
  plan_add(&b, OP_NS_JOIN, 0, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID);
  plan_add(&b, OP_CWD, "/tmp");
  plan_add(&b, OP_FORK_INIT, 0);
  // Executing is said before the program is there.
  plan_shell(&b, "until [ -e /tmp/up ]; do sleep 0.01; done; hostname; pwd; grep -c 60 /proc/1/cmdline; ls -d /proc/1 "
                 "/bin/busybox");
  plan_end(&b);
  struct outcome *o = run_start(&b, pidfd);
  run_finish(o);
  close(pidfd);
  run_kill(target);
  CHECK_NUMBER(target->exit_code, 128 + SIGKILL);
  check_output(o, "first\n/tmp\n1\n/bin/busybox\n/proc/1\n");
}

static void signals_are_as_new(void) {
  struct builder b;
  uint64_t ignore[4] = {(uint64_t)(uintptr_t)SIG_IGN};
  signal(SIGUSR1, SIG_IGN);
  CHECK(syscall(SYS_rt_sigaction, 33, ignore, NULL, 8) == 0); // hidden by the C library, not by the kernel
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  plan_begin(&b);
  plan_add(&b, OP_EXEC, TEXTS("/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"), NO_TEXTS);
  struct outcome *o = run(&b);
  sigprocmask(SIG_UNBLOCK, &blocked, NULL);
  signal(SIGUSR1, SIG_DFL);
  check_output(o, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

const struct test launch_tests[] = {
    {"launch: runs true from a busybox root", runs_true},
    {"launch: exit code and output arrive", exit_code_and_output_arrive},
    {"launch: a missing program is ENOENT", missing_program_is_enoent},
    {"launch: PATH is searched as execvp does", path_is_searched_as_execvp_does},
    {"launch: PATH is the program's own", path_is_the_programs_own},
    {"launch: no descriptor is left", no_descriptor_is_left},
    {"launch: park waits for go", park_waits_for_go},
    {"launch: a parked launcher ends with its shim", parked_launcher_ends_with_its_shim},
    {"launch: who is parked can be ended", who_is_parked_can_be_ended},
    {"launch: a FIFO's park waits for a byte", fifo_park_waits_for_a_byte},
    {"launch: a FIFO's park looks for the program first", fifo_park_looks_for_the_program_first},
    {"launch: a FIFO's park wants a FIFO", fifo_park_wants_a_fifo},
    {"launch: EXIT ends with DONE", exit_ends_with_done},
    {"launch: a failure names operation and path", failure_names_operation_and_path},
    {"launch: MAY_FAIL warns and goes on", may_fail_warns_and_goes_on},
    {"launch: an empty slot is EBADF", empty_slot_is_ebadf},
    {"launch: a malformed plan runs nothing", malformed_plan_runs_nothing},
    {"launch: exec joins a running container", exec_joins_a_running_container},
    {"launch: signals are as new", signals_are_as_new},
    {NULL, NULL},
};
