// The launcher's one entrance: what a forked child of the shim (or of the command line's front) runs.
#ifndef CARAFE_LAUNCHER_H
#define CARAFE_LAUNCHER_H

#include <stddef.h>
#include <stdint.h>

// Executes a launch plan (PROTOCOL.md section 2) in the calling process and never returns: the process becomes the container's program, the pod's init, or exits
// (0 after EXIT or after FORK_INIT in the parent, 1 after a FAIL). The caller has just forked, is single-threaded, and has put stdio (0, 1, 2) where the program shall find it.
// channel: the launcher's end of the SOCK_SEQPACKET pair. slot0: a pidfd of the target container's init, or -1. kept: how many descriptors from 3 on the program
// inherits; channel and slot0 lie above them. plan: len bytes, kept readable until the end.
_Noreturn void launcher_run(int channel, int slot0, unsigned kept, const uint8_t *plan, size_t len);

// Checks a whole plan without executing anything: header, every operation's code, payload and bounds, operation order (CGROUP_CLONE first, EXEC/REAP/EXIT last).
// Returns 0, or -1 with errno EBADMSG (malformed), ENOSYS (unknown operation) or EINVAL and *index set to the operation.
int launcher_check(const uint8_t *plan, size_t len, uint32_t *index);

// The directory of a leading CGROUP_CLONE, or NULL when the plan has none: the shim needs it before it forks.
const char *launcher_cgroup_clone(const uint8_t *plan, size_t len);

#endif
