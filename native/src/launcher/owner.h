// Making things as somebody else: in an id-mapped root the host's own root has no id, and creating fails with EOVERFLOW.
#ifndef CARAFE_OWNER_H
#define CARAFE_OWNER_H

#include <linux/capability.h>
#include <sys/types.h>

struct owner {
  uid_t uid;
  gid_t gid;
};

// Who we were, for owner_restore.
struct owner_before {
  struct owner owner;
  struct __user_cap_data_struct capabilities[2];
};

// From here to owner_restore files are made as this owner, with the capabilities that we have. Both keep errno.
struct owner_before owner_become(struct owner owner);
void owner_restore(const struct owner_before *before);

// mkdirat and inroot_file_at as ourselves and, when we have no id on that file system, as the owner of the root directory.
int owner_mkdirat(int root, int dir, const char *name, mode_t mode);
int owner_file_at(int root, int dir, const char *name, mode_t mode);

#endif
