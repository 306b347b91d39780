// A fresh directory for each test, and the small file jobs that tests do in it. Paths are below scratch_path() unless they start with '/'.
#ifndef CARAFE_SCRATCH_H
#define CARAFE_SCRATCH_H

#include <stdbool.h>
#include <sys/types.h>

void scratch_make(void);
void scratch_remove(void);
// Unmounts nothing, follows no link.
const char *scratch_path(void);
// The path of name in the scratch, in one of a few static buffers.
const char *in_scratch(const char *name);
int scratch_open(const char *name); // O_PATH directory
void make_dir(const char *name); // with parents
void make_file(const char *name, const char *text);
void make_link(const char *name, const char *target);
bool exists(const char *name); // the name itself, link or not
// The file's text in a static buffer, at most 4095 bytes; "" when it can't be read.
const char *text_of(const char *name);
// A root file system with busybox as rootfs/: applets for each name it offers in /bin.
void make_rootfs(const char *name);

#endif
