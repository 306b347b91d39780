#include "sealed.h"

#include "compat.h"
#include "fd.h"
#include "image.h"
#include "launch.h"
#include "launcher.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define NAME "carafe-launcher"
#define NO_INDEX 0xffffffffu
enum { ARG_CHANNEL = 1, ARG_TARGET, ARG_KEPT, ARG_PLAN, ARGS };

// The plan goes along as a file in memory, above the descriptors that the program inherits.
static int plan_file(const struct sealed *s) {
  FD_AUTO int file = memfd_create("plan", MFD_CLOEXEC);
  if (file < 0)
    return -1;
  for (size_t done = 0; done < s->len;) {
    ssize_t n = write(file, s->plan + done, s->len - done);
    if (n < 0 && errno != EINTR)
      return -1;
    done += n < 0 ? 0 : (size_t)n;
  }
  return fcntl(file, F_DUPFD_CLOEXEC, 3 + (int)s->kept);
}

static _Noreturn void become_launcher(const struct sealed *s, int image, int plan) {
  char text[ARGS][16];
  char *argv[ARGS + 1] = {(char *)(uintptr_t)NAME};
  int numbers[ARGS] = {0, s->channel, s->target, (int)s->kept, plan};
  for (int i = 1; i < ARGS; i++) {
    snprintf(text[i], sizeof text[i], "%d", numbers[i]);
    argv[i] = text[i];
  }
  if (fcntl(s->channel, F_SETFD, 0) == 0 && fcntl(plan, F_SETFD, 0) == 0 &&
      (s->target < 0 || fcntl(s->target, F_SETFD, 0) == 0))
    fexecve(image, argv, environ);
  struct launch l = {.channel = s->channel, .index = NO_INDEX};
  fail(&l, "the launcher's sealed image");
  send_failure(&l, MSG_FAIL, errno);
  _exit(1);
}

// Until its cgroup's keeper has moved it: then there is one byte, or nobody.
static void hold(const struct sealed *s) {
  sigset_t none;
  char byte;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  close(s->holder);
  if (read(s->channel, &byte, 1) != 1)
    _exit(1);
}

pid_t sealed_clone(const struct clone_args *args, const struct sealed *s) {
  FD_AUTO int image = image_sealed(NAME);
  FD_AUTO int plan = image < 0 ? -1 : plan_file(s);
  if (plan < 0)
    return -1;
  pid_t pid = sys_clone3(args);
  if (pid == 0) {
    if (s->holder >= 0)
      hold(s);
    become_launcher(s, image, plan);
  }
  return pid;
}

bool sealed_is(int argc, char **argv) {
  return argc == ARGS && strcmp(argv[0], NAME) == 0;
}

static int number(const char *text) {
  char *end;
  errno = 0;
  long n = strtol(text, &end, 10);
  if (errno || end == text || *end || n < -1 || n > 0xffff)
    _exit(1);
  return (int)n;
}

_Noreturn void sealed_main(char **argv) {
  int plan = number(argv[ARG_PLAN]);
  struct stat st;
  if (fstat(plan, &st) < 0 || st.st_size <= 0 || st.st_size > PLAN_BYTES_MAX)
    _exit(1);
  const void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, plan, 0);
  if (bytes == MAP_FAILED)
    _exit(1);
  launcher_run(number(argv[ARG_CHANNEL]), number(argv[ARG_TARGET]), (unsigned)number(argv[ARG_KEPT]), bytes,
               (size_t)st.st_size);
}
