// Changing ids by system call. The C library's wrappers tell every thread that it knows of, and wait for them: a launcher is a copy of a shim with a writer thread, made by
// clone3 behind the library's back, so it knows of threads that do not exist and may wait for ever.
#ifndef CARAFE_RAWIDS_H
#define CARAFE_RAWIDS_H

#include <stddef.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static inline int raw_setresuid(uid_t uid) {
  return (int)syscall(SYS_setresuid, uid, uid, uid);
}

static inline int raw_setresgid(gid_t gid) {
  return (int)syscall(SYS_setresgid, gid, gid, gid);
}

// groups: count unaligned gid_t.
static inline int raw_setgroups(size_t count, const void *groups) {
  return (int)syscall(SYS_setgroups, count, groups);
}

#endif
