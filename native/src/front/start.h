// Starts what a plan makes, as the JVM asks, and hears its launcher out.
#ifndef CARAFE_FRONT_START_H
#define CARAFE_FRONT_START_H

#include "jvm.h"

#include <stdbool.h>

struct started {
  pid_t init;
  int console; // pty master that is ours to serve, or -1
};

// Executes a LAUNCH request and tells the JVM how it went. true when a process runs, or waits at its FIFO; false when it failed (nothing is left of it then) and the
// JVM has been told. *exit_code is set, and true returned with init 0, when the JVM gave up instead of letting it go.
bool start_process(struct jvm *j, struct reader *r, struct started *s, int *exit_code);

// With a request's flags: in the foreground signals wait from now on, and orphans come to us if it says so.
void start_prepare(uint8_t flags);

#endif
