// The launcher as a program of its own, from a sealed copy of this one: a container whose program is /proc/self/exe gets hold of the copy, never of the host's file (CVE-2019-5736).
#ifndef CARAFE_SEALED_H
#define CARAFE_SEALED_H

#include <linux/sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// What a launcher is given: launcher_run's arguments.
struct sealed {
  int channel;
  int target;
  unsigned kept;
  const uint8_t *plan;
  size_t len;
  int holder; // the caller's end of the channel when the child is to wait for a byte from it first; else -1
};

// Clones a child that runs the plan: its pid, or -1 with errno. What fails in the child arrives on the channel.
pid_t sealed_clone(const struct clone_args *args, const struct sealed *s);

// Whether main was started as such a child.
bool sealed_is(int argc, char **argv);

// What main does then.
_Noreturn void sealed_main(char **argv);

#endif
