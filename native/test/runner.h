// Runs a built plan as a shim would, and notes what happened.
#ifndef CARAFE_RUNNER_H
#define CARAFE_RUNNER_H

#include "builder.h"

#include <stdbool.h>
#include <sys/types.h>

struct outcome {
  pid_t launcher;
  pid_t init; // the launcher itself when there was no FORK_INIT
  int channel;
  int output;
  int console; // pty master, or -1
  bool parked, executing, done, failed;
  unsigned warnings;
  // Of the failure, or of the last warning.
  uint32_t index;
  uint16_t code;
  int error;
  uint32_t item;
  char detail[256];
  // After run_finish.
  int exit_code; // 128+n for signal n
  char text[65536];
};

// Starts a complete plan (slot0 may be -1) and reads its channel until it parks, runs, or ends. There are a few outcomes, reused in turn.
struct outcome *run_start(struct builder *b, int slot0);
// Lets a parked one go, and reads on.
void run_go(struct outcome *o);
// Reads on from a parked one that something else let go, and that may have ended by now.
void run_hear(struct outcome *o);
// Waits for its end and its output.
void run_finish(struct outcome *o);
// Kills it, then as run_finish.
void run_kill(struct outcome *o);
// plan_end, run_start, run_finish.
struct outcome *run(struct builder *b);

// A container's plan up to its mounts: root file system rootfs/ of the scratch as an overlay in slot ROOT.
enum { OVERLAY_SLOT = 5, ROOT = 6, PROC_SLOT = 7 };
void plan_container(struct builder *b, const char *rootfs);
// Its own pid namespace, /proc, and the change of root.
void plan_enter(struct builder *b);
// EXEC of a shell script with a small environment.
void plan_shell(struct builder *b, const char *script);

// Checks that the plan failed so.
void check_failure(const struct outcome *o, enum operation code, int error);
// Checks that the program ran and ended with 0 and this output.
void check_output(const struct outcome *o, const char *text);

#endif
