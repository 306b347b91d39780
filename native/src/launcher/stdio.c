// What a program has for stdio: who owns its pipes, and whose null device it is.
#include "stdio_inside.h"

#include "compat.h"
#include "fd.h"
#include "guard.h"
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

void stdio_null_inside(void) {
  for (int fd = 0; fd <= 2; fd++) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || !guard_is_null(fd))
      continue;
    // A root without a null device may have anything of that name, which must not hold us up.
    FD_AUTO int own = open("/dev/null", (flags & O_ACCMODE) | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (own >= 0 && guard_is_null(own) && fcntl(own, F_SETFL, 0) == 0)
      (void)!dup2(own, fd);
  }
}
