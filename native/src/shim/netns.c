#include "netns.h"

#include "fd.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

int netns_enter(const char *path) {
  FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return -1;
  }
  if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
    errno = EINVAL;
    return -1;
  }
  return setns(fd, CLONE_NEWNET);
}
