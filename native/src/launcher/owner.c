#include "owner.h"

#include "inroot.h"
#include "launch.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// A change of fsuid away from root takes the file capabilities out of the effective set: they come back from the permitted one.
static void raise_capabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) < 0)
    return;
  for (int i = 0; i < 2; i++)
    data[i].effective = data[i].permitted;
  (void)!syscall(SYS_capset, &header, data); // without it the next call says EACCES by itself
}

struct owner owner_switch(struct owner to) {
  struct owner before = {.uid = (uid_t)setfsuid(to.uid), .gid = (gid_t)setfsgid(to.gid)};
  if (before.uid != to.uid)
    raise_capabilities();
  return before;
}

static int root_owner(int root, struct owner *owner) {
  struct stat st;
  if (root == ROOT_NONE || fstat(root, &st) < 0) {
    errno = EOVERFLOW;
    return -1;
  }
  *owner = (struct owner){st.st_uid, st.st_gid};
  return 0;
}

int owner_mkdirat(int root, int dir, const char *name, mode_t mode) {
  struct owner owner;
  if (mkdirat(dir, name, mode) == 0)
    return 0;
  if (errno != EOVERFLOW || root_owner(root, &owner) < 0)
    return -1;
  struct owner before = owner_switch(owner);
  int rc = mkdirat(dir, name, mode);
  int saved = errno;
  owner_switch(before);
  errno = saved;
  return rc;
}

int owner_file_at(int root, int dir, const char *name, mode_t mode) {
  struct owner owner;
  int fd = inroot_file_at(dir, name, mode);
  if (fd >= 0 || errno != EOVERFLOW || root_owner(root, &owner) < 0)
    return fd;
  struct owner before = owner_switch(owner);
  fd = inroot_file_at(dir, name, mode);
  int saved = errno;
  owner_switch(before);
  errno = saved;
  return fd;
}
