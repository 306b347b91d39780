// The container's terminal: made in the container's own devpts, its master given to the shim.
#include "compat.h"
#include "fd.h"
#include "guard.h"
#include "inroot.h"
#include "launch.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

// flags
enum { CONSOLE = 1, PLAIN_LINES = 2 };

#define PTMX "/dev/pts/ptmx"
#define CONSOLE_DIR "/dev"
#define CONSOLE_NAME "console"

// A container's image may hold anything at this name.
static int open_master(int root) {
  FD_AUTO int fd = inroot_open(root, PTMX, O_RDWR, true);
  return fd < 0 || guard_is_ptmx(fd) < 0 ? -1 : fd_take(&fd);
}

static int open_slave(int master, uint16_t rows, uint16_t cols) {
  int unlock = 0;
  struct winsize size = {.ws_row = rows, .ws_col = cols};
  if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
    return -1;
  if ((rows || cols) && ioctl(master, TIOCSWINSZ, &size) < 0)
    return -1;
  return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

// devpts has done it by its gid option when the opener is the user already, who could not do it himself.
static int give_to(int slave, uid_t uid, gid_t gid) {
  struct stat st;
  if (fstat(slave, &st) < 0)
    return -1;
  return st.st_uid == uid && st.st_gid == gid ? 0 : fchown(slave, uid, gid);
}

static int bind_console(int root, int slave) {
  FD_AUTO int dir = inroot_open(root, CONSOLE_DIR, O_PATH | O_DIRECTORY, true);
  FD_AUTO int file = dir < 0 ? -1 : inroot_file_at(dir, CONSOLE_NAME, 0600);
  FD_AUTO int tree = file < 0 ? -1 : open_tree(slave, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
  return tree < 0 ? -1 : move_mount(tree, "", file, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

// No carriage return before a line feed: who reads our copy of it may be a file.
static int plain_lines(int slave) {
  struct termios modes;
  if (tcgetattr(slave, &modes) < 0)
    return -1;
  modes.c_oflag &= ~(tcflag_t)ONLCR;
  return tcsetattr(slave, TCSANOW, &modes);
}

static int become_controlled_by(int slave) {
  if (setsid() < 0 && getsid(0) != getpid())
    return -1;
  if (ioctl(slave, TIOCSCTTY, 0) < 0)
    return -1;
  for (int fd = 0; fd <= 2; fd++)
    if (dup2(slave, fd) < 0)
      return -1;
  return 0;
}

int op_terminal(struct launch *l, struct reader *r) {
  int root;
  uint16_t slot = reader_u16(r);
  uint16_t rows = reader_u16(r);
  uint16_t cols = reader_u16(r);
  unsigned flags = reader_u8(r);
  uid_t uid = reader_u32(r);
  gid_t gid = reader_u32(r);
  if (root_get(l, slot, &root) < 0)
    return -1;
  FD_AUTO int master = open_master(root);
  if (master < 0)
    return fail(l, PTMX);
  FD_AUTO int slave = open_slave(master, rows, cols);
  if (slave < 0)
    return fail(l, "the terminal's other end");
  if (give_to(slave, uid, gid) < 0)
    return fail(l, "the terminal's owner");
  if (flags & CONSOLE && bind_console(root, slave) < 0)
    return fail(l, "/dev/console");
  if (flags & PLAIN_LINES && plain_lines(slave) < 0)
    return fail(l, "the terminal's modes");
  if (send_console(l, master) < 0)
    return fail(l, "channel");
  return become_controlled_by(slave) < 0 ? fail(l, "controlling terminal") : 0;
}
