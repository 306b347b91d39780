// probe FILTER CALL...: loads a BPF program from a file, makes each call and prints its errno, 0 for success.
// CALL is NUMBER[,ARG...], decimal or 0x; with a leading "i", the 32-bit entrance (int 0x80) is used.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static long call32(long nr, const long a[6]) {
  long ret;
  __asm__ volatile("int $0x80"
                   : "=a"(ret)
                   : "a"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
                   : "memory", "r8", "r9", "r10", "r11");
  return ret;
}

static int probe(const char *text) {
  int compat = *text == 'i';
  long a[6] = {0};
  char *end;
  long nr = strtol(text + compat, &end, 0);
  for (int i = 0; i < 6 && *end == ','; i++) a[i] = (long)strtoull(end + 1, &end, 0);
  if (*end) return -1;
  if (compat) {
    long ret = call32(nr, a);
    return ret < 0 ? (int)-ret : 0;
  }
  long ret = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (nr == SYS_clone && ret == 0) _exit(0);
  return ret < 0 ? errno : 0;
}

int main(int argc, char **argv) {
  static struct sock_filter filter[4096];
  if (argc < 2) return 2;
  int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, filter, sizeof filter);
  if (n <= 0) return 3;
  struct sock_fprog prog = {.len = (unsigned short)((size_t)n / sizeof filter[0]), .filter = filter};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &prog) < 0) {
    perror("seccomp");
    return 4;
  }
  for (int i = 2; i < argc; i++) {
    char out[32];
    int len = snprintf(out, sizeof out, "%d\n", probe(argv[i]));
    if (write(1, out, (size_t)len) != len) return 5;
  }
  syscall(SYS_exit_group, 0);
}
