// What the headers of linux-libc-dev 6.1 and glibc 2.36 lack: newer flags, and wrappers for system calls that the C library has not got.
#ifndef CARAFE_COMPAT_H
#define CARAFE_COMPAT_H

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U // 6.3
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U // 6.3: EINVAL before
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020 // 6.3
#endif
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x00000200 // 6.5
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 // 6.6
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

static inline int sys_openat2(int dir, const char *path, const struct open_how *how) {
  return (int)syscall(SYS_openat2, dir, path, how, sizeof *how);
}

// fork() with clone3's flags: 0 in the child, its pid in the parent. No stack is given, so no CLONE_VM.
static inline pid_t sys_clone3(const struct clone_args *args) {
  return (pid_t)syscall(SYS_clone3, args, sizeof *args);
}

#endif
