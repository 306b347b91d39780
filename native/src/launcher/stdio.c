// Who owns the pipes that a program has for stdio.
#include "compat.h"
#include "launch.h"

#include <errno.h>
#include <sys/stat.h>

static bool is_pipe_or_socket(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

// The ids that leave one as it is are the kernel's own, -1.
int op_stdio_owner(struct launch *l, struct reader *r) {
  uid_t uid = reader_u32(r);
  gid_t gid = reader_u32(r);
  for (int fd = 0; fd <= 2; fd++) {
    bool fine =
        !is_pipe_or_socket(fd) || fchown(fd, uid, gid) == 0 || errno == EPERM || errno == EINVAL || errno == EROFS;
    if (!fine)
      return fail(l, "fchown");
  }
  return 0;
}
