// The change of root where pivot_root can't be had (--no-pivot, for a root on rootfs; the host's mount namespace): chroot, which a program with CAP_SYS_CHROOT can leave.
#include "compat.h"
#include "fd.h"
#include "launch.h"

#include <string.h>

#define TABLE_MAX (1u << 18)
#define FIELDS 5 // id, parent, device, root, mount point

// A path of mountinfo (proc_pid_mountinfo(5)): \\ooo is one byte.
static void decode(char *path) {
  char *to = path;
  for (const char *from = path; *from; to++) {
    if (*from == '\\' && strlen(from) >= 4) {
      *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
      from += 4;
    } else {
      *to = *from++;
    }
  }
  *to = 0;
}

static bool is_type(const char *rest, const char *type) {
  size_t len = strlen(type);
  return strncmp(rest, type, len) == 0 && rest[len] == ' ';
}

// EINVAL, ENOENT: what another mount hides can't be reached by its path, from inside neither.
static int hide(char *line) {
  char *dash = strstr(line, " - ");
  char *fields[FIELDS] = {NULL};
  if (!dash || (!is_type(dash + 3, "proc") && !is_type(dash + 3, "sysfs")))
    return 0;
  for (int i = 0; i < FIELDS; i++)
    if (!(fields[i] = strsep(&line, " ")))
      return 0;
  if (strcmp(fields[3], "/") != 0)
    return 0;
  decode(fields[4]);
  if (umount2(fields[4], MNT_DETACH) == 0 || mount("tmpfs", fields[4], "tmpfs", MS_RDONLY, "size=0k") == 0)
    return 0;
  return errno == EINVAL || errno == ENOENT ? 0 : -1;
}

// The host's procfs and sysfs, complete as they are, are what a user namespace needs to mount its own: they must not stay behind the root. The table is read
// before the first of them goes, /proc itself among them.
static int hide_kernel_files(struct launch *l) {
  static char table[TABLE_MAX];
  size_t len = 0;
  ssize_t n = 0;
  FD_AUTO int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
  while (fd >= 0 && len < sizeof table - 1 && (n = read(fd, table + len, sizeof table - 1 - len)) > 0)
    len += (size_t)n;
  if (fd < 0 || n < 0)
    return fail(l, "/proc/self/mountinfo");
  if (n > 0)
    return fail_with(l, E2BIG, "/proc/self/mountinfo");
  table[len] = 0;
  for (char *next = table, *line; (line = strsep(&next, "\n"));)
    if (*line && hide(line) < 0)
      return fail(l, "the host's procfs and sysfs");
  return 0;
}

int op_move_root(struct launch *l, struct reader *r) {
  uint16_t slot = reader_u16(r);
  int root = slot_get(l, slot);
  if (root < 0)
    return -1;
  // Among the host's mounts they are the host's.
  if (l->own_mounts && hide_kernel_files(l) < 0)
    return -1;
  if (fchdir(root) < 0 || chroot(".") < 0 || chdir("/") < 0)
    return fail(l, "chroot");
  int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fail(l, "/");
  slot_set(l, slot, fd);
  return 0;
}
