// Programs that run at points of a container's life, with its state on stdin.
#ifndef CARAFE_HOOK_H
#define CARAFE_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOOK_STATE_MAX 65536u
#define HOOK_OUTPUT_MAX 512u

struct hook {
  const char *path;
  char *const *argv;
  char *const *env;
  uint32_t timeout_ms; // 0: none
  const char *state;
  size_t state_len;
};

struct hook_end {
  int code; // of exit, 128+n for signal n
  int signal; // 0, or the one that ended it
  bool timed_out; // it and its process group were killed
  char output[HOOK_OUTPUT_MAX]; // of stdout and stderr, cut, with a NUL
};

// Runs it and waits: 0, or -1 with errno when it could not be started. What it leaves running in other groups is left alone.
int hook_run(const struct hook *h, struct hook_end *end);

struct reader;

// A list of strings in place, with a NULL at the end, in memory that is mapped (there may be 65,536 of them): NULL without memory.
char **read_vector(struct reader *r, uint32_t *count);

// A list of texts joined by a number: 0, or -1 with EMSGSIZE.
int read_state(struct reader *r, int pid, char *to, size_t size);

#endif
