// CRI log files. The loop formats records into one bounded ring; a thread of its own takes them out and does every open, write and close, so that a full or hung log disk
// delays nothing else. Format: kubernetes/cri-api, "LOG FORMAT" (RFC 3339 time with nanoseconds, stream, tag P or F, text).
#ifndef CARAFE_LOG_H
#define CARAFE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_MAX 16384u // bytes of text in one record
#define LOG_STALL_MS                                                                                                   \
  1000 // the ring was full and the writer stood still this long: lines are dropped, counted and marked

struct log;

// Starts the writer thread. on_room is called on the loop when there is room again (or lines are dropped from now on).
int log_init(void (*on_room)(void));

// Makes a log and opens its file in the writer thread (O_CREAT | O_APPEND, 0640, regular files only); `done` runs on the loop with 0 or an errno.
// NULL with EAGAIN when there are too many. path stays the caller's and must live until log_close.
struct log *log_open(const char *path, void (*done)(struct log *l, int err, void *arg), void *arg);

// Opens the path anew, between records; `done` as before, after the switch. On error the old file stays in use. EBUSY while one is under way.
int log_reopen(struct log *l, void (*done)(struct log *l, int err, void *arg), void *arg);

// Queues one record of len bytes (at most LOG_LINE_MAX). False: the ring is full, try again when on_room is called.
bool log_record(struct log *l, bool err_stream, bool full, const char *text, size_t len);

// Everything queued for this log is written, then its file is closed and the row is free. `path` may be freed when `log_close` calls done.
void log_close(struct log *l, void (*done)(struct log *l, int err, void *arg), void *arg);

uint64_t log_mark(void); // the present end of the queue
bool log_written(uint64_t mark); // everything before it is written (or lost)

#endif
