// The command carafe-launch.
#include "check.h"
#include "runner.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_plan(struct builder *b) {
  plan_end(b);
  int fd = open(in_scratch("plan"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  CHECK(fd >= 0 && write(fd, b->w.buf, b->w.len) == (ssize_t)b->w.len);
  close(fd);
}

// Runs it with stdin, stdout and stderr on files in, out and err of the scratch: its exit code.
static int launch(const char *option, const char *file) {
  const char *program = getenv("CARAFE_LAUNCH") ? getenv("CARAFE_LAUNCH") : "target/libexec/carafe/carafe-launch";
  if (access(program, X_OK) < 0)
    check_skip("carafe-launch: set CARAFE_LAUNCH or run in native/ after make");
  if (!exists("in"))
    make_file("in", "");
  make_file("out", "");
  make_file("err", "");
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    static const char *const names[] = {"in", "out", "err"};
    for (int fd = 0; fd < 3; fd++)
      if (dup2(open(in_scratch(names[fd]), fd ? O_WRONLY | O_APPEND : O_RDONLY), fd) < 0)
        _exit(99);
    if (option)
      execl(program, "carafe-launch", option, file, NULL);
    else
      execl(program, "carafe-launch", file, NULL);
    _exit(99);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void it_exits_as_its_program(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_FORK_INIT, 0);
  plan_add(&b, OP_PARK);
  plan_add(&b, OP_EXEC, TEXTS("/bin/sh", "-c", "echo out; echo err >&2; exit 42"), NO_TEXTS);
  write_plan(&b);
  CHECK_NUMBER(launch(NULL, in_scratch("plan")), 42);
  CHECK_TEXT(text_of("out"), "out\n");
  CHECK_TEXT(text_of("err"), "err\n");
  plan_begin(&b);
  plan_add(&b, OP_EXEC, TEXTS("/bin/sh", "-c", "kill -9 $$"), NO_TEXTS);
  write_plan(&b);
  CHECK_NUMBER(launch(NULL, in_scratch("plan")), 128 + SIGKILL);
}

static void it_names_the_failed_operation(void) {
  struct builder b;
  plan_begin(&b);
  plan_add_flags(&b, PLAN_MAY_FAIL, OP_SYSCTL, TEXTS("kernel.ostype", "x", "no.such", "x"));
  plan_add(&b, OP_OPEN, 1, "/no/such", 1);
  plan_add(&b, OP_EXIT);
  write_plan(&b);
  CHECK_NUMBER(launch(NULL, in_scratch("plan")), 125);
  CHECK(strstr(text_of("err"), "warning: operation 0 SYSCTL [1] no.such: No such file or directory\n"));
  CHECK(strstr(text_of("err"), "carafe-launch: operation 1 OPEN /no/such: No such file or directory\n"));
}

static void it_checks_the_plan_first(void) {
  make_file("plan", "this is no plan, although it is long enough");
  CHECK_NUMBER(launch(NULL, in_scratch("plan")), 125);
  CHECK(strstr(text_of("err"), "operation 0: Bad message"));
}

static void it_waits_for_a_line(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_PARK);
  plan_add(&b, OP_EXEC, TEXTS("/bin/cat"), NO_TEXTS);
  write_plan(&b);
  make_file("in", "go\nthe program's own\n");
  CHECK_NUMBER(launch("--park", in_scratch("plan")), 0);
  CHECK_TEXT(text_of("out"), "the program's own\n");
}

static void it_explains_itself(void) {
  CHECK_NUMBER(launch(NULL, "--help"), 0);
  CHECK(strncmp(text_of("out"), "usage: carafe-launch", 20) == 0);
  CHECK_NUMBER(launch("--target", "x"), 125);
  CHECK_NUMBER(launch(NULL, "/no/such/plan"), 125);
}

const struct test tool_tests[] = {
    {"carafe-launch: exits as its program", it_exits_as_its_program},
    {"carafe-launch: names the failed operation", it_names_the_failed_operation},
    {"carafe-launch: checks the plan first", it_checks_the_plan_first},
    {"carafe-launch: waits for a line", it_waits_for_a_line},
    {"carafe-launch: explains itself", it_explains_itself},
    {NULL, NULL},
};
