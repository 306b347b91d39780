// Builds what goes out in one frame: replies, events.
#include "conn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

static uint8_t reply_buf[REPLY_MAX];
static struct writer reply_writer;

struct writer *reply_begin(void) {
  reply_writer = writer_on(reply_buf, sizeof reply_buf);
  return &reply_writer;
}

static void reply_release(void) {
  if (reply_writer.len > 65536) {
    madvise(reply_buf + 65536 - (uintptr_t)reply_buf % 4096, sizeof reply_buf - 65536, MADV_DONTNEED);
  }
}

void conn_send_built(struct conn *c, uint16_t type) {
  if (writer_end(&reply_writer) == 0) {
    conn_send(c, type, 0, reply_buf, reply_writer.len);
  }
}

static void reply_as(const struct ticket *t, uint16_t type) {
  struct conn *c = conn_of(t);
  if (!c) {
    return;
  }
  conn_send(c, type, t->id, reply_buf, reply_writer.len);
  reply_release();
}

void reply_end(const struct ticket *t) {
  if (writer_end(&reply_writer) < 0) {
    reply_error(t, EMSGSIZE, "the reply is larger than %u bytes", REPLY_MAX);
    return;
  }
  reply_as(t, (uint16_t)(t->type | REPLY_BIT));
}

void reply_empty(const struct ticket *t) {
  reply_begin();
  reply_end(t);
}

void reply_failure(const struct ticket *t, const struct failure *f) {
  struct writer *w = reply_begin();
  writer_i32(w, f->err);
  writer_u32(w, f->index);
  writer_u16(w, f->op);
  writer_u32(w, f->item);
  writer_str_cut(w, f->message, sizeof f->message - 1);
  reply_as(t, REPLY_FAILURE);
}

void reply_error(const struct ticket *t, int err, const char *format, ...) {
  struct failure f = {.err = err, .index = NO_INDEX};
  va_list args;
  va_start(args, format);
  vsnprintf(f.message, sizeof f.message, format, args);
  va_end(args);
  reply_failure(t, &f);
}
