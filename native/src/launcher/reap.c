// The pod's init: it holds the pid namespace and reaps, and has nothing that a container could take from it.
#include "compat.h"
#include "launch.h"
#include "title.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int drop_everything(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[2] = {0};
  // EINVAL: past the last one. EPERM: CREDENTIALS took CAP_SETPCAP already, and the bounding set matters only to who executes something.
  for (unsigned long c = 0; c < 64 && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) == 0; c++)
    ;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 || syscall(SYS_capset, &header, none) < 0)
    return -1;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -1 : make_undumpable();
}

static void reap_all(void) {
  while (waitpid(-1, NULL, WNOHANG) > 0)
    ;
}

int op_reap(struct launch *l, struct reader *r) {
  (void)r;
  sigset_t all;
  sigfillset(&all);
  if (sigprocmask(SIG_SETMASK, &all, NULL) < 0 || drop_everything() < 0)
    return fail(l, "capabilities");
  prctl(PR_SET_NAME, "carafe-pod", 0, 0, 0);
  title_set("carafe-pod", "");
  if (send_plain(l, MSG_EXECING) < 0 || close_range(0, ~0U, 0) < 0)
    _exit(1);
  for (;;) {
    siginfo_t info;
    int signal = sigwaitinfo(&all, &info);
    // A sender inside the pid namespace has a pid here; the shim, outside, has none. Only it may end the pod.
    bool outside = info.si_code <= 0 && info.si_pid == 0;
    if (signal == SIGCHLD)
      reap_all();
    else if ((signal == SIGTERM || signal == SIGINT) && outside)
      _exit(0);
  }
}
