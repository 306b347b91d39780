#include "check.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

static jmp_buf out;
enum { RAN, FAILED, SKIPPED };

_Noreturn void check_fail(const char *file, int line, const char *format, ...) {
  va_list args;
  va_start(args, format);
  printf("# %s:%d: ", file, line);
  vprintf(format, args);
  putchar('\n');
  va_end(args);
  longjmp(out, FAILED);
}

_Noreturn void check_skip(const char *format, ...) {
  va_list args;
  va_start(args, format);
  printf("# SKIP ");
  vprintf(format, args);
  putchar('\n');
  va_end(args);
  longjmp(out, SKIPPED);
}

static const struct test *const all[] = {wire_tests,      utc_tests,    check_tests,    opcodes_tests,
                                         inroot_tests,    launch_tests, mount_tests,    process_tests,
                                         namespace_tests, userns_tests, terminal_tests, tool_tests};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// Arguments, if any, are substrings of the names of the tests to run.
static bool wanted(const char *name, int argc, char **argv) {
  for (int i = 1; i < argc; i++)
    if (strstr(name, argv[i]))
      return true;
  return argc == 1;
}

int main(int argc, char **argv) {
  static int counts[3];
  int start_dir = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  setvbuf(stdout, NULL, _IOLBF, 0);
  // Whatever a test mounts stays in here.
  if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0) {
    printf("# SKIP everything: no mount namespace of our own (%s); run as root\n0 passed, 0 failed, 1 skipped\n",
           strerror(errno));
    return 0;
  }
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    for (const struct test *t = all[i]; t->name; t++) {
      static const char *const words[] = {"ok", "not ok", "skipped"};
      if (!wanted(t->name, argc, argv))
        continue;
      scratch_make();
      double start = now();
      int how = setjmp(out);
      if (how == RAN)
        t->run();
      if (fchdir(start_dir) < 0) // a test of the launcher's own functions may have moved
        return 2;
      scratch_remove();
      counts[how]++;
      printf("%s - %s (%.0f ms)\n", words[how], t->name, (now() - start) * 1e3);
    }
  }
  printf("%d passed, %d failed, %d skipped\n", counts[RAN], counts[FAILED], counts[SKIPPED]);
  return counts[FAILED] != 0;
}
