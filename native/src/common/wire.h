// Bounded reader and writer for the encoding of PROTOCOL.md section 1: little-endian, unaligned, nothing allocated.
//
// Both are sticky: after the first failure every further call is harmless (a reader yields zeroes and "", a writer drops), and one look at the end tells.
// Not safe for use by two threads at once.
#ifndef CARAFE_WIRE_H
#define CARAFE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_STR_MAX 131072u // bytes of a str, without its NUL
#define WIRE_PATH_MAX 4095u // bytes of a str that is a path, without its NUL
#define WIRE_BLOB_MAX (1024u * 1024u) // bytes of a blob that is no plan
#define WIRE_LIST_MAX 65536u // items of a list

struct blob {
  const uint8_t *data;
  uint32_t len;
};

struct reader {
  const uint8_t *at;
  const uint8_t *end;
  bool bad;
};

struct reader reader_of(const void *data, size_t len);

uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);
int32_t reader_i32(struct reader *r);
int64_t reader_i64(struct reader *r);

// The next `len` bytes in place; NULL and bad when fewer are left.
const uint8_t *reader_bytes(struct reader *r, size_t len);

// A str in place: NUL-terminated, no NUL inside, at most max bytes (at most WIRE_STR_MAX whatever max says). Never NULL: "" when bad.
const char *reader_str_max(struct reader *r, size_t max);
const char *reader_str(struct reader *r);
const char *reader_path(struct reader *r);

// A blob in place, at most max bytes; without max at most WIRE_BLOB_MAX.
struct blob reader_blob_max(struct reader *r, uint32_t max);
struct blob reader_blob(struct reader *r);

// The count of a list whose items take at least min_item bytes each (so that a lying count fails at once); 0 when bad.
uint32_t reader_list(struct reader *r, size_t min_item);

size_t reader_left(const struct reader *r);

// 0 when everything was read and nothing failed, else -1 with EBADMSG.
int reader_end(const struct reader *r);

struct writer {
  uint8_t *buf;
  size_t cap;
  size_t len;
  bool full;
};

struct writer writer_on(void *buf, size_t cap);

void writer_u8(struct writer *w, uint8_t v);
void writer_u16(struct writer *w, uint16_t v);
void writer_u32(struct writer *w, uint32_t v);
void writer_u64(struct writer *w, uint64_t v);
void writer_i32(struct writer *w, int32_t v);
void writer_i64(struct writer *w, int64_t v);
void writer_bytes(struct writer *w, const void *data, size_t len);
void writer_str(struct writer *w, const char *s);
// At most max bytes of s: what is longer is cut.
void writer_str_cut(struct writer *w, const char *s, size_t max);
void writer_blob(struct writer *w, const void *data, uint32_t len);

// Overwrites the u32 at offset `at`, written before as a placeholder (a length, a count).
void writer_patch_u32(struct writer *w, size_t at, uint32_t v);

// 0 when everything fitted, else -1 with EMSGSIZE.
int writer_end(const struct writer *w);

#endif
