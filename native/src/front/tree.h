// The tree that this program lies in (bin/carafe, lib/, libexec/), wherever that is and by whatever link it was called.
#ifndef CARAFE_FRONT_TREE_H
#define CARAFE_FRONT_TREE_H

#include <stddef.h>

// The path of a file of the tree: -1 with errno when this program's own path can't be read or the result is too long.
int tree_path(char *path, size_t size, const char *file);

#endif
