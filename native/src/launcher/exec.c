// The last operation of a program's plan.
#include "hook.h"
#include "launch.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *find_path(char *const *env) {
  for (; *env; env++)
    if (strncmp(*env, "PATH=", 5) == 0)
      return *env + 5;
  return DEFAULT_PATH;
}

// What the next directory of PATH may cure.
static bool try_next(int error) {
  return error == ENOENT || error == ENOTDIR || error == EACCES || error == ENAMETOOLONG || error == ELOOP;
}

#define INTERPRETER "its interpreter"

// As execvp(3), without its habit of giving a file of unknown format to a shell. An EACCES on the way wins over ENOENT at the end.
static void exec_by_path(const char *name, char *const *argv, char *const *env) {
  char file[PATH_MAX];
  int error = ENOENT;
  const char *dir = find_path(env);
  for (;;) {
    size_t len = strcspn(dir, ":");
    int n =
        len ? snprintf(file, sizeof file, "%.*s/%s", (int)len, dir, name) : snprintf(file, sizeof file, "./%s", name);
    if (n > 0 && (size_t)n < sizeof file) {
      execve(file, argv, env);
      if (!try_next(errno))
        return;
      if (errno == EACCES)
        error = EACCES;
    }
    if (!dir[len])
      break;
    dir += len + 1;
  }
  errno = error;
}

int op_exec(struct launch *l, struct reader *r) {
  uint32_t argc, envc;
  char **argv = read_vector(r, &argc);
  char **env = read_vector(r, &envc);
  if (!argv || !env)
    return fail(l, "memory for argv");
  if (argc == 0)
    return fail_with(l, EINVAL, "argv is empty");
  umask(l->umask);
  if (signals_reset() < 0)
    return fail(l, "signals");
  // A filter may deny even this; the program must run nonetheless, and the shim sees the channel close.
  send_plain(l, MSG_EXECING);
  const char *name = argv[0];
  if (!*name)
    errno = ENOENT;
  else if (strchr(name, '/'))
    execve(name, argv, env);
  else
    exec_by_path(name, argv, env);
  // Who looks at the file finds it: what is not there is what its first line or its header names.
  if (errno == ENOENT && strchr(name, '/') && stat(name, &(struct stat){0}) == 0) {
    errno = ENOENT;
    return fail_about(l, name, INTERPRETER);
  }
  return fail(l, name);
}
