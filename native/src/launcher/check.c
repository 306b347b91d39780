// The plan as bytes: its header, its shape and its order, checked before anything is done.
#include "launcher.h"
#include "ops.h"
#include "plan.h"

#include <errno.h>
#include <stdbool.h>

int plan_header(const uint8_t *plan, size_t len, struct reader *r, uint32_t *operations) {
  *operations = 0;
  *r = reader_of(plan, len);
  uint32_t magic = reader_u32(r);
  uint16_t version = reader_u16(r);
  uint16_t zero = reader_u16(r);
  uint32_t count = reader_u32(r);
  uint32_t total = reader_u32(r);
  if (r->bad || magic != PLAN_MAGIC || version != PLAN_VERSION || zero != 0 || count > PLAN_OPERATIONS_MAX ||
      total != len || len > PLAN_BYTES_MAX) {
    errno = EBADMSG;
    return -1;
  }
  *operations = count;
  return 0;
}

int plan_next(struct reader *r, struct plan_operation *op) {
  op->code = reader_u16(r);
  op->flags = reader_u16(r);
  uint32_t len = reader_u32(r);
  const uint8_t *payload = reader_bytes(r, len);
  if (!payload) {
    errno = EBADMSG;
    return -1;
  }
  op->payload = reader_of(payload, len);
  return 0;
}

static void skip_list(struct reader *r, size_t min_item, char field) {
  uint32_t count = reader_list(r, min_item);
  for (uint32_t i = 0; i < count && !r->bad; i++) {
    switch (field) {
    case 'U':
      reader_bytes(r, 12);
      break;
    case 'N':
      reader_u32(r);
      if (reader_u16(r) >= PLAN_SLOTS)
        r->bad = true;
      break;
    case 'K':
      reader_str(r);
      reader_str(r);
      break;
    case 'R':
      reader_bytes(r, 20);
      break;
    case 'A':
      reader_str(r);
      break;
    case 'P':
      reader_path(r);
      break;
    default:
      reader_u32(r);
    }
  }
}

static void skip_slot(struct reader *r, bool may_be_none) {
  uint16_t slot = reader_u16(r);
  if (slot >= PLAN_SLOTS && !(may_be_none && slot == PLAN_NO_SLOT))
    r->bad = true;
}

static void skip_field(struct reader *r, char field) {
  switch (field) {
  case 'h':
    skip_slot(r, false);
    break;
  case 'o':
    skip_slot(r, true);
    break;
  case '1':
    reader_u8(r);
    break;
  case '2':
    reader_u16(r);
    break;
  case '4':
  case 'i':
    reader_u32(r);
    break;
  case '8':
    reader_u64(r);
    break;
  case 's':
    reader_str(r);
    break;
  case 'p':
    reader_path(r);
    break;
  case 'b':
    reader_blob(r);
    break;
  case 'U':
    skip_list(r, 12, field);
    break;
  case 'N':
    skip_list(r, 6, field);
    break;
  case 'K':
    skip_list(r, 10, field);
    break;
  case 'R':
    skip_list(r, 20, field);
    break;
  case 'A':
  case 'P':
    skip_list(r, 5, field);
    break;
  case 'G':
    skip_list(r, 4, field);
    break;
  default:
    r->bad = true;
  }
}

static int check_payload(const struct operation_type *type, struct reader r) {
  for (const char *field = type->fields; *field; field++)
    skip_field(&r, *field);
  return reader_end(&r);
}

static bool ends_plan(uint16_t code) {
  return code == OP_EXEC || code == OP_REAP || code == OP_EXIT;
}

static int check_operation(const struct plan_operation *op, uint32_t index, uint32_t count, bool *forked) {
  const struct operation_type *type = operation_type(op->code);
  if (!type) {
    errno = ENOSYS;
    return -1;
  }
  if (check_payload(type, op->payload) < 0)
    return -1;
  bool last = index + 1 == count;
  bool must_work = ends_plan(op->code) || op->code == OP_FORK_INIT || op->code == OP_CGROUP_CLONE;
  if ((op->flags & ~PLAN_MAY_FAIL) || (op->flags && must_work) || ends_plan(op->code) != last ||
      (op->code == OP_CGROUP_CLONE && index != 0) || (op->code == OP_FORK_INIT && *forked)) {
    errno = EINVAL;
    return -1;
  }
  *forked |= op->code == OP_FORK_INIT;
  return 0;
}

int launcher_check(const uint8_t *plan, size_t len, uint32_t *index) {
  struct reader r;
  uint32_t count;
  *index = 0;
  if (plan_header(plan, len, &r, &count) < 0)
    return -1;
  if (count == 0) {
    errno = EINVAL;
    return -1;
  }
  bool forked = false;
  for (uint32_t i = 0; i < count; i++) {
    struct plan_operation op;
    *index = i;
    if (plan_next(&r, &op) < 0 || check_operation(&op, i, count, &forked) < 0)
      return -1;
  }
  return reader_end(&r);
}

const char *launcher_cgroup_clone(const uint8_t *plan, size_t len) {
  struct reader r;
  uint32_t count;
  struct plan_operation op;
  if (plan_header(plan, len, &r, &count) < 0 || count == 0 || plan_next(&r, &op) < 0 || op.code != OP_CGROUP_CLONE)
    return NULL;
  const char *dir = reader_path(&op.payload);
  return reader_end(&op.payload) < 0 ? NULL : dir;
}
