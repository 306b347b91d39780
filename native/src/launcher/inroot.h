// Paths inside a container's root, which is hostile: every link is followed inside the root only, also one that leads nowhere when what it names is to be made, and what
// comes back is a descriptor. With root = ROOT_NONE a path is a trusted absolute one of the launcher's own mount namespace.
#ifndef CARAFE_INROOT_H
#define CARAFE_INROOT_H

#include <stdbool.h>
#include <sys/types.h>

// Opens what is there. flags as for open(2), without O_CREAT; no_links: refuse any link on the way (ELOOP).
int inroot_open(int root, const char *path, int flags, bool no_links);

// Opens what is there for reading, if it is a regular file; else ENOENT, and nothing was opened, for that may do something.
int inroot_open_regular(int root, const char *path);

// Opens a directory (O_PATH), making it and its parents with this mode where missing.
int inroot_mkdirs(int root, const char *path, mode_t mode, bool no_links);

// Opens a file of any type (O_PATH), making an empty regular one and its parent directories (0755) where missing.
int inroot_mkfile(int root, const char *path, mode_t mode, bool no_links);

// Opens the directory that holds path's last component, made where missing (0755), and copies that component's name to name (NAME_MAX + 1 bytes). EINVAL when
// path has none ("/", "..").
int inroot_parent(int root, const char *path, char *name);

// Makes and opens a regular file in a directory, never following a link: an existing file that is no link is fine.
int inroot_file_at(int dir, const char *name, mode_t mode);

#endif
