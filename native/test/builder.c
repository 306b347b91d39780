#include "builder.h"

#include "check.h"

#include <errno.h>
#include <stdarg.h>

static uint8_t buffer[PLAN_BYTES_MAX];

void plan_begin(struct builder *b) {
  *b = (struct builder){.w = writer_on(buffer, sizeof buffer)};
  for (int i = 0; i < 4; i++)
    writer_u32(&b->w, 0);
}

static void add_texts(struct writer *w, const char *const *texts, uint32_t per_item) {
  uint32_t count = 0;
  while (texts[count])
    count++;
  writer_u32(w, count / per_item);
  for (uint32_t i = 0; i < count; i++)
    writer_str(w, texts[i]);
}

static void add_numbers(struct writer *w, unsigned items, const uint32_t *numbers, unsigned per_item) {
  writer_u32(w, items);
  for (unsigned i = 0; i < items * per_item; i++)
    writer_u32(w, numbers[i]);
}

static void add_nsslots(struct writer *w, unsigned items, const struct test_nsslot *slots) {
  writer_u32(w, items);
  for (unsigned i = 0; i < items; i++) {
    writer_u32(w, slots[i].type);
    writer_u16(w, slots[i].slot);
  }
}

static void add_rlimits(struct writer *w, unsigned items, const struct test_rlimit *limits) {
  writer_u32(w, items);
  for (unsigned i = 0; i < items; i++) {
    writer_u32(w, limits[i].resource);
    writer_u64(w, limits[i].soft);
    writer_u64(w, limits[i].hard);
  }
}

static void add_field(struct writer *w, char field, va_list *args) {
  unsigned n;
  switch (field) {
  case 'h':
  case 'o':
  case '2':
    writer_u16(w, (uint16_t)va_arg(*args, unsigned));
    break;
  case '1':
    writer_u8(w, (uint8_t)va_arg(*args, unsigned));
    break;
  case '4':
  case 'i':
    writer_u32(w, va_arg(*args, unsigned));
    break;
  case '8':
    writer_u64(w, va_arg(*args, uint64_t));
    break;
  case 's':
  case 'p':
    writer_str(w, va_arg(*args, const char *));
    break;
  case 'A':
  case 'P':
    add_texts(w, va_arg(*args, const char *const *), 1);
    break;
  case 'K':
    add_texts(w, va_arg(*args, const char *const *), 2);
    break;
  case 'b': {
    const void *data = va_arg(*args, const void *);
    writer_blob(w, data, va_arg(*args, unsigned));
    break;
  }
  case 'U':
  case 'G':
    n = va_arg(*args, unsigned);
    add_numbers(w, n, va_arg(*args, const uint32_t *), field == 'U' ? 3 : 1);
    break;
  case 'N':
    n = va_arg(*args, unsigned);
    add_nsslots(w, n, va_arg(*args, const struct test_nsslot *));
    break;
  case 'R':
    n = va_arg(*args, unsigned);
    add_rlimits(w, n, va_arg(*args, const struct test_rlimit *));
    break;
  default:
    check_fail(__FILE__, __LINE__, "field %c", field);
  }
}

static void add(struct builder *b, unsigned flags, enum operation code, va_list *args) {
  writer_u16(&b->w, (uint16_t)code);
  writer_u16(&b->w, (uint16_t)flags);
  size_t at = b->w.len;
  writer_u32(&b->w, 0);
  for (const char *field = operation_type((uint16_t)code)->fields; *field; field++)
    add_field(&b->w, *field, args);
  writer_patch_u32(&b->w, at, (uint32_t)(b->w.len - at - 4));
  b->count++;
}

void plan_add(struct builder *b, enum operation code, ...) {
  va_list args;
  va_start(args, code);
  add(b, 0, code, &args);
  va_end(args);
}

void plan_add_flags(struct builder *b, unsigned flags, enum operation code, ...) {
  va_list args;
  va_start(args, code);
  add(b, flags, code, &args);
  va_end(args);
}

void plan_end(struct builder *b) {
  writer_patch_u32(&b->w, 0, PLAN_MAGIC);
  writer_patch_u32(&b->w, 4, PLAN_VERSION);
  writer_patch_u32(&b->w, 8, b->count);
  writer_patch_u32(&b->w, 12, (uint32_t)b->w.len);
  CHECK(writer_end(&b->w) == 0);
}
