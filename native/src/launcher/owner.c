#include "owner.h"

#include "inroot.h"
#include "launch.h"

#include <errno.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct __user_cap_header_struct header(void) {
  return (struct __user_cap_header_struct){.version = _LINUX_CAPABILITY_VERSION_3};
}

// A change of fsuid away from root takes the file capabilities out of the effective set: they come back from the permitted one. Where that fails, the caller's
// next system call says so.
struct owner_before owner_become(struct owner owner) {
  int saved = errno;
  struct owner_before before = {0};
  struct __user_cap_header_struct version = header();
  (void)!syscall(SYS_capget, &version, before.capabilities); // of ourselves: it can't fail
  before.owner = (struct owner){(uid_t)setfsuid(owner.uid), (gid_t)setfsgid(owner.gid)};
  if (before.owner.uid != owner.uid) {
    struct __user_cap_data_struct raised[2] = {before.capabilities[0], before.capabilities[1]};
    for (int i = 0; i < 2; i++)
      raised[i].effective = raised[i].permitted;
    (void)!syscall(SYS_capset, &version, raised);
  }
  errno = saved;
  return before;
}

// The capabilities last, for the way back to root raises some.
void owner_restore(const struct owner_before *before) {
  int saved = errno;
  struct __user_cap_header_struct version = header();
  setfsgid(before->owner.gid);
  setfsuid(before->owner.uid);
  (void)!syscall(SYS_capset, &version, before->capabilities);
  errno = saved;
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
  struct owner_before before = owner_become(owner);
  int rc = mkdirat(dir, name, mode);
  owner_restore(&before);
  return rc;
}

int owner_file_at(int root, int dir, const char *name, mode_t mode) {
  struct owner owner;
  int fd = inroot_file_at(dir, name, mode);
  if (fd >= 0 || errno != EOVERFLOW || root_owner(root, &owner) < 0)
    return fd;
  struct owner_before before = owner_become(owner);
  fd = inroot_file_at(dir, name, mode);
  owner_restore(&before);
  return fd;
}
