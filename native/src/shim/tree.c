#include "tree.h"

#include "dirwalk.h"
#include "fd.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define SEEN_MAX 65536

enum { PARENT = 4, SESSION = 6, BORN = 22 };

struct seen {
  pid_t pid, parent, session;
  uint64_t born; // clock ticks since boot
  bool marked;
};

// proc_pid_stat(5), counted from 1. rest: what stands behind field 2.
static unsigned long long field(const char *rest, int number) {
  for (int at = 2; rest && at < number; at++) {
    rest = strchr(rest + (at > 2), ' ');
  }
  return rest ? strtoull(rest, NULL, 10) : 0;
}

static bool read_stat(const char *pid, struct seen *s) {
  char path[64];
  char text[1024];
  snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
  FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (n <= 0) {
    return false;
  }
  text[n] = '\0';
  const char *rest = strrchr(text, ')'); // the name may hold anything
  if (!rest) {
    return false;
  }
  *s = (struct seen){
      .pid = (pid_t)strtol(text, NULL, 10),
      .parent = (pid_t)field(rest, PARENT),
      .session = (pid_t)field(rest, SESSION),
      .born = field(rest, BORN),
  };
  return true;
}

static size_t scan(struct seen *all) {
  struct dirwalk proc;
  size_t n = 0;
  const struct dirent64 *e;
  dirwalk_open(&proc, "/proc");
  while (n < SEEN_MAX && (e = dirwalk_next(&proc))) {
    if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && read_stat(e->d_name, &all[n])) {
      n++;
    }
  }
  dirwalk_close(&proc);
  return n;
}

static bool parent_marked(const struct seen *all, size_t n, pid_t parent) {
  for (size_t i = 0; i < n; i++) {
    if (all[i].marked && all[i].pid == parent) {
      return true;
    }
  }
  return false;
}

static void mark(struct seen *all, size_t n, pid_t root) {
  for (size_t i = 0; i < n; i++) {
    all[i].marked = all[i].pid == root || all[i].session == root;
  }
  for (bool grew = true; grew;) {
    grew = false;
    for (size_t i = 0; i < n; i++) {
      if (!all[i].marked && parent_marked(all, n, all[i].parent)) {
        all[i].marked = grew = true;
      }
    }
  }
}

static void kill_same(const struct seen *s) {
  FD_AUTO int pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
  struct seen now;
  char pid[16];
  snprintf(pid, sizeof pid, "%d", s->pid);
  if (pidfd >= 0 && read_stat(pid, &now) && now.born == s->born) {
    syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
  }
}

void tree_kill(pid_t root) {
  size_t size = SEEN_MAX * sizeof(struct seen);
  struct seen *all = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) {
    kill(root, SIGKILL);
    return;
  }
  size_t n = scan(all);
  mark(all, n, root);
  for (size_t i = 0; i < n; i++) {
    if (all[i].marked) {
      kill_same(&all[i]);
    }
  }
  munmap(all, size);
}
