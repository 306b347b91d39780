// System call filters, compiled elsewhere.
#include "launch.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

// The filter is on: only write is known to need no answer from the listener's holder, who is not there yet.
static int hand_on(struct launch *l, int listener) {
  if (send_listener(l, listener) < 0 || await_go(l) < 0)
    _exit(1);
  close(listener);
  return 0;
}

int op_seccomp(struct launch *l, struct reader *r) {
  uint32_t flags = reader_u32(r);
  struct blob filter = reader_blob(r);
  size_t count = filter.len / sizeof(struct sock_filter);
  if (filter.len % sizeof(struct sock_filter) || count == 0 || count > BPF_MAXINSNS)
    return fail_with(l, EINVAL, "seccomp program");
  struct sock_fprog program = {.len = (unsigned short)count, .filter = (void *)(uintptr_t)filter.data};
  long rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (rc >= 0 && flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
    return hand_on(l, (int)rc);
  if (rc == 0)
    return 0;
  return rc < 0 ? fail(l, "seccomp") : fail_with(l, EBUSY, "seccomp TSYNC");
}
