// carafe-shim --pod ID --dir DIR --agent PID: becomes a daemon, and answers with exit code 0 once its socket accepts.
#include "fd.h"
#include "image.h"
#include "loop.h"
#include "server.h"
#include "title.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct options {
  const char *pod, *dir;
  pid_t agent;
};

static int usage(void) {
  fputs("usage: carafe-shim --pod ID --dir DIR --agent PID\n", stderr);
  return 1;
}

static int parse(int argc, char **argv, struct options *o) {
  static const struct option names[] = {{"pod", required_argument, NULL, 'p'},
                                        {"dir", required_argument, NULL, 'd'},
                                        {"agent", required_argument, NULL, 'a'},
                                        {0}};
  int c;
  while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
    char *end = NULL;
    switch (c) {
    case 'p':
      o->pod = optarg;
      break;
    case 'd':
      o->dir = optarg;
      break;
    case 'a':
      o->agent = (pid_t)strtol(optarg, &end, 10);
      if (*end || o->agent <= 0) {
        return -1;
      }
      break;
    default:
      return -1;
    }
  }
  bool whole = o->pod && *o->pod && strlen(o->pod) < 128 && o->dir && *o->dir == '/' && o->agent > 0 && optind == argc;
  return whole ? 0 : -1;
}

// The lock's descriptor stays open as long as the shim lives.
static int lock_dir(const char *dir) {
  char path[4200];
  snprintf(path, sizeof path, "%s/shim.lock", dir);
  FD_AUTO int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  return fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 ? -1 : fd_take(&fd);
}

static int null_stdio(void) {
  FD_AUTO int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  return fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 ? -1 : 0;
}

static int become_daemon(void) {
  sigset_t none;
  sigemptyset(&none);
  umask(0022);
  return prctl(PR_SET_NAME, "carafe-shim") < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ||
                 prctl(PR_SET_DUMPABLE, 0) < 0 || chdir("/") < 0 || null_stdio() < 0 ||
                 sigprocmask(SIG_SETMASK, &none, NULL) < 0
             ? -1
             : 0;
}

// Writes "" for ready, or the error.
static _Noreturn void serve(const struct options *o, int ready) {
  const char *step = "become a daemon";
  char text[512];
  int n = 0;
  int rc = become_daemon();
  if (rc == 0) {
    step = "lock the state directory (is another shim alive?)";
    rc = lock_dir(o->dir) < 0 ? -1 : server_init(o->pod, o->dir, o->agent, &step);
  }
  if (rc < 0) {
    n = snprintf(text, sizeof text, "cannot %s: %s (%s)\n", step, strerror(errno), o->dir);
  }
  text[n] = '\0';
  if (write(ready, text, (size_t)n + 1) < 0 || rc < 0) {
    _exit(1);
  }
  title_set("carafe-shim", server_pod()); // before the first launcher, which lives in the pod's pid namespace
  close(ready);
  loop_run();
}

static int await(int ready) {
  char text[512];
  size_t have = 0;
  ssize_t n;
  while (have < sizeof text - 1 && (n = read(ready, text + have, sizeof text - 1 - have)) > 0) {
    have += (size_t)n;
    if (text[have - 1] == '\0') {
      break;
    }
  }
  if (have == 1 && text[0] == '\0') {
    return 0;
  }
  text[have] = '\0';
  fprintf(stderr, "carafe-shim: %s", have > 0 ? text : "the daemon ended without a word\n");
  return 1;
}

static int daemonise(const struct options *o) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) {
    perror("carafe-shim: pipe");
    return 1;
  }
  pid_t first = fork();
  if (first == 0) {
    close(ends[0]);
    if (setsid() < 0) {
      _exit(1);
    }
    pid_t second = fork();
    if (second != 0) {
      _exit(second < 0);
    }
    serve(o, ends[1]);
  }
  close(ends[1]);
  if (first < 0 || waitpid(first, NULL, 0) < 0) {
    perror("carafe-shim: fork");
    return 1;
  }
  return await(ends[0]);
}

int main(int argc, char **argv) {
  struct options o = {0};
  if (parse(argc, argv, &o) < 0) {
    return usage();
  }
  if (image_ensure("carafe-shim", argv) < 0) {
    perror("carafe-shim: cannot run from a sealed memfd");
    return 1;
  }
  title_init(argc, argv);
  return daemonise(&o);
}
