#include "check.h"
#include "wire.h"

#include <errno.h>
#include <string.h>

static void numbers_round_trip(void) {
  uint8_t buf[64];
  struct writer w = writer_on(buf, sizeof buf);
  writer_u8(&w, 0xab);
  writer_u16(&w, 0xcdef);
  writer_u32(&w, 0x89abcdefu);
  writer_u64(&w, 0x0123456789abcdefULL);
  writer_i32(&w, -2);
  writer_i64(&w, INT64_MIN);
  CHECK(writer_end(&w) == 0 && w.len == 27);
  CHECK(buf[1] == 0xef && buf[2] == 0xcd); // little-endian
  struct reader r = reader_of(buf, w.len);
  CHECK(reader_u8(&r) == 0xab && reader_u16(&r) == 0xcdef && reader_u32(&r) == 0x89abcdefu);
  CHECK(reader_u64(&r) == 0x0123456789abcdefULL && reader_i32(&r) == -2 && reader_i64(&r) == INT64_MIN);
  CHECK(reader_end(&r) == 0);
}

static void texts_round_trip(void) {
  uint8_t buf[64];
  struct writer w = writer_on(buf, sizeof buf);
  writer_str(&w, "");
  writer_str(&w, "abc");
  writer_str_cut(&w, "abcdef", 2);
  writer_blob(&w, "\0\1", 2);
  struct reader r = reader_of(buf, w.len);
  CHECK_TEXT(reader_str(&r), "");
  CHECK_TEXT(reader_str(&r), "abc");
  CHECK_TEXT(reader_str(&r), "ab");
  struct blob b = reader_blob(&r);
  CHECK(b.len == 2 && memcmp(b.data, "\0\1", 2) == 0);
  CHECK(reader_end(&r) == 0);
}

static void reading_past_the_end_is_sticky(void) {
  uint8_t buf[3] = {1, 2, 3};
  struct reader r = reader_of(buf, sizeof buf);
  CHECK_NUMBER(reader_u32(&r), 0);
  CHECK_NUMBER(reader_u8(&r), 0);
  CHECK_TEXT(reader_str(&r), "");
  CHECK_NUMBER(reader_list(&r, 1), 0);
  CHECK(reader_end(&r) == -1 && errno == EBADMSG);
}

static void trailing_bytes_are_refused(void) {
  uint8_t buf[2] = {0};
  struct reader r = reader_of(buf, sizeof buf);
  reader_u8(&r);
  CHECK(reader_end(&r) == -1 && errno == EBADMSG);
}

static bool refused(const void *data, size_t len) {
  struct reader r = reader_of(data, len);
  return strcmp(reader_str(&r), "") == 0 && r.bad;
}

static void bad_texts_are_refused(void) {
  CHECK(refused("\3\0\0\0a\0b\0", 8)); // a NUL inside
  CHECK(refused("\2\0\0\0abc", 7)); // no NUL at the end
  CHECK(refused("\3\0\0\0abc", 7)); // the NUL is missing
  CHECK(refused("\xff\xff\xff\xff"
                "abc",
                7)); // the length plus one wraps
  static uint8_t big[WIRE_STR_MAX + 8];
  struct writer w = writer_on(big, sizeof big);
  writer_u32(&w, WIRE_STR_MAX + 1);
  memset(big + 4, 'a', WIRE_STR_MAX + 1);
  CHECK(refused(big, sizeof big));
  w.len = 0;
  writer_u32(&w, WIRE_PATH_MAX + 1);
  big[4 + WIRE_PATH_MAX + 1] = 0;
  struct reader r = reader_of(big, sizeof big);
  CHECK_TEXT(reader_path(&r), "");
  CHECK(r.bad);
}

static void lying_counts_are_refused(void) {
  uint8_t buf[12] = {3, 0, 0, 0};
  struct reader r = reader_of(buf, sizeof buf);
  CHECK(reader_list(&r, 3) == 0 && r.bad);
  r = reader_of(buf, sizeof buf);
  CHECK(reader_list(&r, 2) == 3 && !r.bad);
  static uint8_t big[WIRE_LIST_MAX + 16];
  struct writer w = writer_on(big, sizeof big);
  writer_u32(&w, WIRE_LIST_MAX + 1);
  r = reader_of(big, sizeof big);
  CHECK(reader_list(&r, 1) == 0 && r.bad);
}

static void a_full_writer_says_so(void) {
  uint8_t buf[5];
  struct writer w = writer_on(buf, sizeof buf);
  writer_u32(&w, 1);
  writer_u16(&w, 1);
  writer_u8(&w, 1);
  CHECK(w.len == 4 && writer_end(&w) == -1 && errno == EMSGSIZE);
  w = writer_on(buf, sizeof buf);
  writer_patch_u32(&w, 0, 1);
  CHECK(w.full);
}

const struct test wire_tests[] = {
    {"wire: numbers round trip", numbers_round_trip},
    {"wire: texts round trip", texts_round_trip},
    {"wire: reading past the end is sticky", reading_past_the_end_is_sticky},
    {"wire: trailing bytes are refused", trailing_bytes_are_refused},
    {"wire: bad texts are refused", bad_texts_are_refused},
    {"wire: lying counts are refused", lying_counts_are_refused},
    {"wire: a full writer says so", a_full_writer_says_so},
    {NULL, NULL},
};
