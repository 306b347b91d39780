// Streams: what follows EXEC and ATTACH on their connections.
#ifndef CARAFE_STREAM_H
#define CARAFE_STREAM_H

#include "proc.h"

enum stream_type {
  STREAM_STDOUT = 110,
  STREAM_STDERR,
  STREAM_EXIT,
  STREAM_STDIN,
  STREAM_STDIN_CLOSE,
  STREAM_RESIZE,
  STREAM_KILL,
  STREAM_NOTE
};

void stream_exec_started(struct proc *p); // its connection becomes the stream
void stream_attach(struct conn *c, struct proc *p, uint8_t want);
void stream_broadcast(struct proc *p, bool err, const void *data, size_t len); // to attach clients
void stream_pump_ended(struct proc *p);
void stream_exec_ended(struct proc *p); // the exec's process was reaped
void stream_detach_all(struct proc *p); // the container's attach streams end
int stream_resize(struct proc *p, uint16_t rows, uint16_t cols); // -1 with errno; ENOTTY without a terminal

#endif
