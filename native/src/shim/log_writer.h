// The thread that does what is slow with log files: open, write, close.
#ifndef CARAFE_LOG_WRITER_H
#define CARAFE_LOG_WRITER_H

#include <stdatomic.h>
#include <stdbool.h>

#define LOGS_MAX 256

// A log's file: the writer's, but for what is atomic.
struct log_file {
  const char *path; // set while no command is queued for it
  int fd; // -1: not open
  bool torn; // the last write ended inside a record
  atomic_int result; // of the command
  atomic_bool finished;
  atomic_uint lost; // records
};

extern struct log_file log_files[LOGS_MAX];

// Starts it. It adds one to this event counter after each command, and after the next step once one was wished for.
int writer_start(int eventfd);

// The loop wants to know of the next step.
void writer_wish(void);

#endif
