// The JVM that decides, a short-lived child or carafed, and the frames to and from it (PROTOCOL.md section 4).
#ifndef CARAFE_JVM_H
#define CARAFE_JVM_H

#include "wire.h"

#include <stdbool.h>
#include <sys/types.h>

#define FRAME_MAX (5u * 1024u * 1024u)

enum from_jvm {
  JVM_EXIT = 1,
  JVM_LAUNCH,
  JVM_GO,
  JVM_WAIT,
  JVM_WATCH,
  JVM_KILL,
  JVM_HOOK,
  JVM_OUT,
  JVM_ERR,
  JVM_WARM,
  JVM_CRIU,
  JVM_SAY,
  JVM_END,
  JVM_NOTIFY,
  JVM_AWAIT_READY,
  JVM_READ
};
enum to_jvm {
  FRONT_STARTED = 1,
  FRONT_RUNNING,
  FRONT_FAILED,
  FRONT_WARNING,
  FRONT_EXITED,
  FRONT_KILLED,
  FRONT_HOOKED,
  FRONT_CALL,
  FRONT_PROCEED,
  FRONT_HELD,
  FRONT_CRIU,
  FRONT_SAID,
  FRONT_ENDED,
  FRONT_NOTIFYING,
  FRONT_READY,
  FRONT_CONTENT
};

struct jvm {
  pid_t pid; // 0: it is carafed, at the other end of a socket
  int from, to;
};

// Starts the JVM with the arguments of the tree's file lib/oci.args (@home@ is the tree), then name, the working directory and argv's own. -1 after a message on stderr.
int jvm_start(struct jvm *j, const char *name, char **argv);

// The next frame: its type, and r on its payload, which is valid until the next call, a LAUNCH's until the next LAUNCH. 0 at the end (the JVM is gone), -1 on a malformed frame.
int jvm_read(struct jvm *j, struct reader *r);

// Sends a frame. A JVM that is gone shows at the next read.
void jvm_send(struct jvm *j, enum to_jvm type, const struct writer *payload);

// Closes the pipes and waits for its end.
void jvm_end(struct jvm *j);

#endif
