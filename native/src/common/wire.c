#include "wire.h"

#include <errno.h>
#include <string.h>

struct reader reader_of(const void *data, size_t len) {
  const uint8_t *at = data;
  return (struct reader){.at = at, .end = len ? at + len : at};
}

size_t reader_left(const struct reader *r) {
  return r->bad ? 0 : (size_t)(r->end - r->at);
}

const uint8_t *reader_bytes(struct reader *r, size_t len) {
  if (r->bad || len > reader_left(r)) {
    r->bad = true;
    return NULL;
  }
  const uint8_t *at = r->at;
  if (len)
    r->at += len;
  return at;
}

static uint64_t number(struct reader *r, size_t bytes) {
  const uint8_t *p = reader_bytes(r, bytes);
  uint64_t v = 0;
  for (size_t i = 0; p && i < bytes; i++)
    v |= (uint64_t)p[i] << (8 * i);
  return v;
}

uint8_t reader_u8(struct reader *r) {
  return (uint8_t)number(r, 1);
}

uint16_t reader_u16(struct reader *r) {
  return (uint16_t)number(r, 2);
}

uint32_t reader_u32(struct reader *r) {
  return (uint32_t)number(r, 4);
}

uint64_t reader_u64(struct reader *r) {
  return number(r, 8);
}

int32_t reader_i32(struct reader *r) {
  return (int32_t)reader_u32(r);
}

int64_t reader_i64(struct reader *r) {
  return (int64_t)reader_u64(r);
}

const char *reader_str_max(struct reader *r, size_t max) {
  uint32_t len = reader_u32(r);
  if (r->bad || len > max || len > WIRE_STR_MAX) {
    r->bad = true;
    return "";
  }
  const uint8_t *p = reader_bytes(r, (size_t)len + 1);
  if (!p || p[len] != 0 || memchr(p, 0, len)) {
    r->bad = true;
    return "";
  }
  return (const char *)p;
}

const char *reader_str(struct reader *r) {
  return reader_str_max(r, WIRE_STR_MAX);
}

const char *reader_path(struct reader *r) {
  return reader_str_max(r, WIRE_PATH_MAX);
}

struct blob reader_blob_max(struct reader *r, uint32_t max) {
  uint32_t len = reader_u32(r);
  if (len > max)
    r->bad = true;
  const uint8_t *p = reader_bytes(r, len);
  return p ? (struct blob){p, len} : (struct blob){NULL, 0};
}

struct blob reader_blob(struct reader *r) {
  return reader_blob_max(r, WIRE_BLOB_MAX);
}

uint32_t reader_list(struct reader *r, size_t min_item) {
  uint32_t count = reader_u32(r);
  if (r->bad || count > WIRE_LIST_MAX || (min_item && count > reader_left(r) / min_item)) {
    r->bad = true;
    return 0;
  }
  return count;
}

int reader_end(const struct reader *r) {
  if (!r->bad && r->at == r->end)
    return 0;
  errno = EBADMSG;
  return -1;
}

struct writer writer_on(void *buf, size_t cap) {
  return (struct writer){.buf = buf, .cap = cap};
}

void writer_bytes(struct writer *w, const void *data, size_t len) {
  if (w->full || len > w->cap - w->len) {
    w->full = true;
    return;
  }
  if (len)
    memcpy(w->buf + w->len, data, len);
  w->len += len;
}

static void put(struct writer *w, uint64_t v, size_t bytes) {
  uint8_t raw[8];
  for (size_t i = 0; i < bytes; i++)
    raw[i] = (uint8_t)(v >> (8 * i));
  writer_bytes(w, raw, bytes);
}

void writer_u8(struct writer *w, uint8_t v) {
  put(w, v, 1);
}

void writer_u16(struct writer *w, uint16_t v) {
  put(w, v, 2);
}

void writer_u32(struct writer *w, uint32_t v) {
  put(w, v, 4);
}

void writer_u64(struct writer *w, uint64_t v) {
  put(w, v, 8);
}

void writer_i32(struct writer *w, int32_t v) {
  put(w, (uint32_t)v, 4);
}

void writer_i64(struct writer *w, int64_t v) {
  put(w, (uint64_t)v, 8);
}

void writer_str_cut(struct writer *w, const char *s, size_t max) {
  size_t len = strnlen(s, max);
  writer_u32(w, (uint32_t)len);
  writer_bytes(w, s, len);
  writer_u8(w, 0);
}

void writer_str(struct writer *w, const char *s) {
  if (strlen(s) > WIRE_STR_MAX)
    w->full = true;
  writer_str_cut(w, s, WIRE_STR_MAX);
}

void writer_blob(struct writer *w, const void *data, uint32_t len) {
  if (len > WIRE_BLOB_MAX)
    w->full = true;
  writer_u32(w, len);
  writer_bytes(w, data, len);
}

void writer_patch_u32(struct writer *w, size_t at, uint32_t v) {
  if (w->full || at > w->len || w->len - at < 4) {
    w->full = true;
    return;
  }
  for (size_t i = 0; i < 4; i++)
    w->buf[at + i] = (uint8_t)(v >> (8 * i));
}

int writer_end(const struct writer *w) {
  if (!w->full)
    return 0;
  errno = EMSGSIZE;
  return -1;
}
