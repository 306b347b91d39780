// Making things as somebody else: in an id-mapped root the host's own root has no id, and creating fails with EOVERFLOW.
#ifndef CARAFE_OWNER_H
#define CARAFE_OWNER_H

#include <sys/types.h>

struct owner {
  uid_t uid;
  gid_t gid;
};

// From here on files are made as this owner, with the capabilities that we have. Returns who it was before.
struct owner owner_switch(struct owner to);

// mkdirat and inroot_file_at as ourselves and, when we have no id on that file system, as the owner of the root directory.
int owner_mkdirat(int root, int dir, const char *name, mode_t mode);
int owner_file_at(int root, int dir, const char *name, mode_t mode);

#endif
