// A program in CRIU's place: it speaks `criu swrk` as CRIU does and saves nothing, so that what its callers do about a failure at each step can be tested on any kernel.
//
// The file `plan` beside it says what goes wrong, a word and a number: check 1, start 1, version 1, dump 2 (the second dump is refused), die 2 (it ends without an answer), hang 2 (it says no more until
// its caller hangs up, then lets go), restore 1, orphan 1 (it names a process that is none of its own). What it was asked for goes to the file `events` beside it, a line each: dumps are counted there.
// A restored container is /bin/sh -c with the file `program` beside it, as criu's sibling.
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DUMP = 1, RESTORE = 2, NOTIFY = 6, FEATURES = 9, VERSION = 10, SINGLE_PRE_DUMP = 13 };

struct options {
  int images, work, pid;
  char log[64], freezer[PATH_MAX];
  bool leave_running, sibling;
};

static char home[PATH_MAX];

static const char *beside(const char *name) {
  static char path[PATH_MAX + 16];
  snprintf(path, sizeof path, "%s/%s", home, name);
  return path;
}

static void note(const char *what, int number) {
  FILE *f = fopen(beside("events"), "a");
  if (f) {
    fprintf(f, "%s %d\n", what, number);
    fclose(f);
  }
}

static int noted(const char *what) {
  char line[128];
  int count = 0;
  FILE *f = fopen(beside("events"), "r");
  while (f && fgets(line, sizeof line, f))
    count += strncmp(line, what, strlen(what)) == 0 && line[strlen(what)] == ' ';
  if (f)
    fclose(f);
  return count;
}

// Whether the plan says that this goes wrong the n-th time.
static bool planned(const char *what, int n) {
  char word[32] = "";
  int number = 0;
  FILE *f = fopen(beside("plan"), "r");
  bool hit = f && fscanf(f, "%31s %d", word, &number) == 2 && strcmp(word, what) == 0 && number == n;
  if (f)
    fclose(f);
  return hit;
}

// ---- protobuf

static uint64_t varint(struct reader *r) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && reader_left(r) > 0; shift += 7) {
    uint8_t next = reader_u8(r);
    value |= (uint64_t)(next & 0x7f) << shift;
    if (!(next & 0x80))
      return value;
  }
  r->bad = true;
  return 0;
}

struct field {
  unsigned number;
  uint64_t value;
  const uint8_t *bytes;
  size_t len;
};

static bool next_field(struct reader *r, struct field *f) {
  if (r->bad || reader_left(r) == 0)
    return false;
  uint64_t key = varint(r);
  *f = (struct field){.number = (unsigned)(key >> 3)};
  f->value = varint(r);
  if ((key & 7) == 2) {
    f->len = f->value;
    f->bytes = reader_bytes(r, f->len);
  }
  return !r->bad;
}

static void put_varint(struct writer *w, uint64_t v) {
  for (; v >= 0x80; v >>= 7)
    writer_u8(w, (uint8_t)(v | 0x80));
  writer_u8(w, (uint8_t)v);
}

static void put(struct writer *w, unsigned field, uint64_t value) {
  put_varint(w, field << 3);
  put_varint(w, value);
}

static void put_bytes(struct writer *w, unsigned field, const void *data, size_t len) {
  put_varint(w, field << 3 | 2);
  put_varint(w, len);
  writer_bytes(w, data, len);
}

static void copy_text(char *to, size_t size, const struct field *f) {
  snprintf(to, size, "%.*s", (int)f->len, (const char *)f->bytes);
}

static void read_options(const struct field *from, struct options *o) {
  struct reader r = reader_of(from->bytes, from->len);
  struct field f;
  while (next_field(&r, &f)) {
    switch (f.number) {
    case 1:
      o->images = (int)f.value;
      break;
    case 2:
      o->pid = (int)f.value;
      break;
    case 3:
      o->leave_running = f.value;
      break;
    case 10:
      copy_text(o->log, sizeof o->log, &f);
      break;
    case 17:
      o->work = (int)f.value;
      break;
    case 26:
      o->sibling = f.value;
      break;
    case 44:
      copy_text(o->freezer, sizeof o->freezer, &f);
      break;
    default:
      break;
    }
  }
}

// ---- the dialogue

static void answer(int socket, const struct writer *w) {
  if (send(socket, w->buf, w->len, MSG_NOSIGNAL) < 0)
    exit(1);
}

static void outcome(int socket, int type, bool success, int restored) {
  uint8_t buf[128], inner[16];
  struct writer w = writer_on(buf, sizeof buf), i = writer_on(inner, sizeof inner);
  put(&w, 1, (uint64_t)type);
  put(&w, 2, success);
  if (restored > 0) {
    put(&i, 1, (uint64_t)restored);
    put_bytes(&w, 4, inner, i.len);
  }
  if (type == VERSION) {
    put(&i, 1, 3);
    put(&i, 2, 17);
    put(&i, 4, 1);
    put_bytes(&w, 10, inner, i.len);
  }
  if (type == FEATURES) {
    put(&i, 1, 1);
    put_bytes(&w, 8, inner, i.len);
  }
  answer(socket, &w);
}

static int hear(int socket, struct options *o, bool *agreed) {
  static uint8_t buf[65536];
  ssize_t n = recv(socket, buf, sizeof buf, 0);
  if (n <= 0)
    return -1;
  struct reader r = reader_of(buf, (size_t)n);
  struct field f;
  int type = 0;
  while (next_field(&r, &f)) {
    if (f.number == 1)
      type = (int)f.value;
    else if (f.number == 2 && o)
      read_options(&f, o);
    else if (f.number == 3)
      *agreed = f.value;
  }
  return type;
}

// Tells where it is and waits for leave to go on.
static bool notice(int socket, const char *script, int pid) {
  uint8_t buf[256], inner[128];
  struct writer w = writer_on(buf, sizeof buf), i = writer_on(inner, sizeof inner);
  bool agreed = false;
  put_bytes(&i, 1, script, strlen(script));
  if (pid > 0)
    put(&i, 2, (uint64_t)pid);
  put(&w, 1, NOTIFY);
  put(&w, 2, 1);
  put_bytes(&w, 5, inner, i.len);
  answer(socket, &w);
  return hear(socket, NULL, &agreed) == NOTIFY && agreed;
}

static int open_in(int dir, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", dir);
  int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return openat(fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static void leave(int dir, const char *name, const char *text) {
  int fd = open_in(dir, name);
  if (fd < 0 || write(fd, text, strlen(text)) < 0)
    exit(1);
  close(fd);
}

static int dump(int socket, const struct options *o) {
  int n = noted("dump") + 1;
  note("dump", o->pid);
  leave(o->images, "inventory.img", "nothing\n");
  leave(o->work, o->log, "(00.000001) Error (fake/plan.c:1): planned to fail\n");
  if (!notice(socket, "network-lock", 0)) {
    outcome(socket, DUMP, false, 0);
    return 1;
  }
  if (planned("die", n))
    return 1;
  if (planned("hang", n)) {
    bool agreed;
    note("hang", o->pid);
    while (hear(socket, NULL, &agreed) >= 0)
      ;
    note("let-go", o->pid);
    return 1;
  }
  bool fails = planned("dump", n);
  if (!fails && !o->leave_running)
    kill(o->pid, SIGKILL);
  note("dumped", o->pid);
  outcome(socket, DUMP, !fails, 0);
  return fails;
}

static int restore(int socket, const struct options *o) {
  int go[2];
  if (pipe(go) < 0 || !o->sibling)
    return 1;
  leave(o->work, o->log, "(00.000001) Error (fake/plan.c:2): planned to fail\n");
  // A sibling, as rst_sibling asks: the caller is its parent.
  pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, 0);
  if (pid == 0) {
    char byte;
    close(go[1]);
    close(socket);
    if (read(go[0], &byte, 1) == 1)
      execl("/bin/sh", "sh", beside("program"), NULL);
    _exit(127);
  }
  bool agreed = notice(socket, "setup-namespaces", pid) && notice(socket, "post-restore", pid);
  bool fails = !agreed || planned("restore", 1);
  if (fails) {
    kill(pid, SIGKILL);
  } else if (write(go[1], "g", 1) != 1) {
    return 1;
  }
  note("restored", pid);
  outcome(socket, RESTORE, !fails, fails ? 0 : planned("orphan", 1) ? getpid() : pid);
  return fails;
}

static int serve(int socket) {
  struct options o = {.images = -1, .work = -1};
  bool agreed;
  switch (hear(socket, &o, &agreed)) {
  case VERSION:
    if (planned("version", 1))
      return 1;
    outcome(socket, VERSION, true, 0);
    return 0;
  case FEATURES:
    outcome(socket, FEATURES, true, 0);
    return 0;
  case SINGLE_PRE_DUMP:
    outcome(socket, SINGLE_PRE_DUMP, true, 0);
    return 0;
  case DUMP:
    return dump(socket, &o);
  case RESTORE:
    return restore(socket, &o);
  default:
    return 1;
  }
}

int main(int argc, char **argv) {
  snprintf(home, sizeof home, "%s", argv[0]);
  char *slash = strrchr(home, '/');
  if (!slash || argc < 2)
    return 2;
  *slash = 0;
  if (strcmp(argv[1], "check") == 0) {
    bool fails = planned("check", 1);
    puts(fails ? "Error (fake/plan.c:3): planned to fail" : "Looks good.");
    return fails;
  }
  if (argc < 3 || planned("start", 1))
    return 1;
  return serve(atoi(argv[2]));
}
