// What stands between a hostile image and the host, one function a check. Each is a function of its own file so that a test's build can be linked without it (test/twin), and the attack that it stops be
// seen to succeed there. Others of the kind: inroot.h, procfs_open, make_undumpable, image_sealed.
#ifndef CARAFE_GUARD_H
#define CARAFE_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

// The null device, by its numbers: what masks a file must not be a file of the image (CVE-2025-31133).
bool guard_is_null(int fd);

// 0 when a file does not lie on procfs, which is the kernel's word and must not be mounted over (CVE-2019-16884); else -1 with EPERM.
int guard_off_procfs(int fd);

// 0 when a file is the multiplexer of a devpts, whatever the image has at its name (CVE-2025-52565); else -1 with EXDEV.
int guard_is_ptmx(int fd);

// 0 when a file is this kind of node with these numbers; else -1 with EEXIST.
int guard_is_node(int fd, mode_t type, dev_t dev);

// 0 when the working directory lies inside the root: one outside (a leaked descriptor's, say) has no absolute name there, and the kernel says "(unreachable)" (CVE-2024-21626). Else -1 with EXDEV.
int guard_cwd_in_root(void);

#endif
