// The security label that the program gets at exec.
#include "fd.h"
#include "procfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { LSM_APPARMOR = 1, LSM_SELINUX = 2 };

static int open_attribute(struct launch *l, const char *name) {
  char path[64];
  pid_t self = procfs_self(l);
  if (self < 0)
    return -1;
  snprintf(path, sizeof path, "%d/attr/%s", self, name);
  return procfs_open(l, path, O_WRONLY);
}

int op_lsm_exec(struct launch *l, struct reader *r) {
  uint8_t kind = reader_u8(r);
  const char *label = reader_str(r);
  char text[4096];
  int n = snprintf(text, sizeof text, "%s%s", kind == LSM_APPARMOR ? "exec " : "", label);
  if ((kind != LSM_APPARMOR && kind != LSM_SELINUX) || n < 0 || (size_t)n >= sizeof text)
    return fail_with(l, EINVAL, label);
  // AppArmor's own directory (5.8) is right even when another module owns the shared file.
  FD_AUTO int fd = open_attribute(l, kind == LSM_APPARMOR ? "apparmor/exec" : "exec");
  if (fd < 0 && kind == LSM_APPARMOR && errno == ENOENT)
    fd = open_attribute(l, "exec");
  if (fd < 0 || write(fd, text, (size_t)n) != n)
    return fail(l, label);
  return 0;
}
