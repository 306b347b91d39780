#include "loopback.h"

#include "fd.h"
#include "launch.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int loopback_up(struct launch *l) {
  // Any socket takes interface requests, and a Unix one needs no IPv4 in the kernel's build.
  FD_AUTO int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_name = "lo"};
  if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
    return fail(l, "lo");
  request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
  return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? fail(l, "lo") : 0;
}

int op_loopback_up(struct launch *l, struct reader *r) {
  (void)r;
  return loopback_up(l);
}
