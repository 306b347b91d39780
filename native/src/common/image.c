#include "image.h"

#include "compat.h"
#include "fd.h"

#include <stdbool.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static int copy_all(int from, int to) {
  struct stat st;
  if (fstat(from, &st) < 0)
    return -1;
  off_t left = st.st_size;
  while (left > 0) {
    ssize_t n = sendfile(to, from, NULL, (size_t)left);
    if (n <= 0) {
      errno = n == 0 ? EIO : errno;
      return -1;
    }
    left -= n;
  }
  return 0;
}

static bool is_sealed(int fd) {
  int seals = fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & SEALS) == SEALS;
}

int image_sealed(const char *name) {
  FD_AUTO int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (self < 0)
    return -1;
  if (is_sealed(self))
    return fd_take(&self);
  int memfd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (memfd < 0 && errno == EINVAL) // kernels before 6.3 do not know MFD_EXEC
    memfd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  FD_AUTO int image = memfd;
  if (image < 0 || copy_all(self, image) < 0 || fchmod(image, 0500) < 0 || fcntl(image, F_ADD_SEALS, SEALS) < 0)
    return -1;
  return fd_take(&image);
}

int image_ensure(const char *name, char **argv) {
  FD_AUTO int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (self < 0)
    return -1;
  if (is_sealed(self))
    return 0;
  FD_AUTO int image = image_sealed(name);
  if (image >= 0)
    fexecve(image, argv, environ);
  return -1;
}
