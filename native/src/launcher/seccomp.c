// System call filters, compiled elsewhere.
#include "launch.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

int op_seccomp(struct launch *l, struct reader *r) {
  uint32_t flags = reader_u32(r);
  struct blob filter = reader_blob(r);
  size_t count = filter.len / sizeof(struct sock_filter);
  // A listener's descriptor would have nobody to go to.
  if (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
    return fail_with(l, EOPNOTSUPP, "seccomp listener");
  if (filter.len % sizeof(struct sock_filter) || count == 0 || count > BPF_MAXINSNS)
    return fail_with(l, EINVAL, "seccomp program");
  struct sock_fprog program = {.len = (unsigned short)count, .filter = (void *)(uintptr_t)filter.data};
  long rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (rc == 0)
    return 0;
  return rc < 0 ? fail(l, "seccomp") : fail_with(l, EBUSY, "seccomp TSYNC");
}
