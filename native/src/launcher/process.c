// What a process has of its own and its program inherits.
#include "compat.h"
#include "guard.h"
#include "launch.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define UNCHANGED 0xffffffffu

#define IOPRIO_WHO_PROCESS 1
#define KERNEL_SIGNALS 64

int make_undumpable(void) {
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// By system calls: the C library hides its own two real-time signals, which an ancestor may have left ignored.
int signals_reset(void) {
  struct {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
  } action = {.handler = NULL}; // SIG_DFL
  uint64_t none = 0;
  for (int signal = 1; signal <= KERNEL_SIGNALS; signal++)
    if (signal != SIGKILL && signal != SIGSTOP && syscall(SYS_rt_sigaction, signal, &action, NULL, sizeof none) < 0)
      return -1;
  return (int)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

int op_signals(struct launch *l, struct reader *r) {
  (void)r;
  return signals_reset() < 0 ? fail(l, "signals") : 0;
}

int op_no_new_privs(struct launch *l, struct reader *r) {
  (void)r;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? fail(l, "PR_SET_NO_NEW_PRIVS") : 0;
}

// As near as an unprivileged launcher comes to a limit whose ceiling it may not raise.
static void limit_below_ceiling(uint32_t resource, struct rlimit limit) {
  struct rlimit now;
  if (prlimit(0, (__rlimit_resource_t)resource, NULL, &now) < 0)
    return;
  limit.rlim_max = now.rlim_max;
  if (limit.rlim_cur > limit.rlim_max)
    limit.rlim_cur = limit.rlim_max;
  (void)prlimit(0, (__rlimit_resource_t)resource, &limit, NULL);
}

int op_rlimits(struct launch *l, struct reader *r) {
  uint32_t count = reader_list(r, 20);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t resource = reader_u32(r);
    struct rlimit limit = {.rlim_cur = reader_u64(r)};
    limit.rlim_max = reader_u64(r);
    l->item = i;
    if (prlimit(0, (__rlimit_resource_t)resource, &limit, NULL) < 0) {
      fail(l, "setrlimit");
      if (item_failed(l) < 0)
        return -1;
      limit_below_ceiling(resource, limit);
    }
  }
  return 0;
}

int op_process(struct launch *l, struct reader *r) {
  l->umask = reader_u32(r) & 0777;
  int32_t nice = reader_i32(r);
  uint32_t ioprio = reader_u32(r);
  struct blob affinity = reader_blob(r);
  uint32_t persona = reader_u32(r);
  // EACCES: a caller without privileges has a higher one, which stays; a value that is asked for comes by SCHEDULER.
  if (setpriority(PRIO_PROCESS, 0, nice) < 0 && errno != EACCES)
    return fail(l, "nice");
  if (ioprio != UNCHANGED && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, ioprio) < 0)
    return fail(l, "ioprio");
  if (affinity.len && syscall(SYS_sched_setaffinity, 0, affinity.len, affinity.data) < 0)
    return fail(l, "affinity");
  if (persona != UNCHANGED && personality(persona) < 0)
    return fail(l, "personality");
  return 0;
}

int op_cwd(struct launch *l, struct reader *r) {
  const char *path = reader_path(r);
  return chdir(path) < 0 || guard_cwd_in_root() < 0 ? fail(l, path) : 0;
}

int op_chdir(struct launch *l, struct reader *r) {
  int fd = slot_get(l, reader_u16(r));
  return fd < 0 ? -1 : fchdir(fd) < 0 ? fail(l, "fchdir") : 0;
}

int op_session(struct launch *l, struct reader *r) {
  (void)r;
  if (setsid() < 0 && getsid(0) != getpid())
    return fail(l, "setsid");
  return 0;
}

int op_keyring(struct launch *l, struct reader *r) {
  const char *name = reader_str(r);
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, *name ? name : NULL) < 0)
    return fail(l, "session keyring");
  return 0;
}
