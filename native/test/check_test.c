// launcher_check on hostile plans.
#include "builder.h"
#include "check.h"
#include "launcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int check(struct builder *b, uint32_t *index) {
  plan_end(b);
  errno = 0;
  return launcher_check(b->w.buf, b->w.len, index);
}

static void refuses(struct builder *b, int error, uint32_t at) {
  uint32_t index = 12345;
  CHECK_NUMBER(check(b, &index), -1);
  CHECK_NUMBER(errno, error);
  CHECK_NUMBER(index, at);
}

static void good_plan(struct builder *b) {
  static const uint32_t map[] = {0, 100000, 65536};
  plan_begin(b);
  plan_add(b, OP_CGROUP_CLONE, "/sys/fs/cgroup/x");
  plan_add(b, OP_USERNS_CREATE, 3, 1, map, 1, map, 0);
  plan_add(b, OP_NS_HOLDER, PLAN_NO_SLOT, 0, 1, (const struct test_nsslot[]){{0x40000000, 4}}, "h", "", 1,
           TEXTS("a.b", "1"));
  plan_add(b, OP_RLIMITS, 1, (const struct test_rlimit[]){{7, 1, 2}});
  plan_add(b, OP_SECCOMP, 0, "12345678", 8);
  plan_add(b, OP_FORK_INIT, 0);
  plan_add(b, OP_EXEC, TEXTS("a", "b"), NO_TEXTS);
}

static void a_good_plan_passes(void) {
  struct builder b;
  uint32_t index;
  good_plan(&b);
  CHECK(check(&b, &index) == 0);
  CHECK_TEXT(launcher_cgroup_clone(b.w.buf, b.w.len), "/sys/fs/cgroup/x");
}

static void order_is_checked(void) {
  struct builder b;
  plan_begin(&b);
  refuses(&b, EINVAL, 0); // empty
  plan_begin(&b);
  plan_add(&b, OP_SESSION);
  refuses(&b, EINVAL, 0); // no end
  plan_begin(&b);
  plan_add(&b, OP_EXIT);
  plan_add(&b, OP_SESSION);
  plan_add(&b, OP_EXIT);
  refuses(&b, EINVAL, 0); // an end in the middle
  plan_begin(&b);
  plan_add(&b, OP_SESSION);
  plan_add(&b, OP_CGROUP_CLONE, "/x");
  plan_add(&b, OP_EXIT);
  refuses(&b, EINVAL, 1); // not first
  plan_begin(&b);
  plan_add(&b, OP_FORK_INIT, 0);
  plan_add(&b, OP_FORK_INIT, 0);
  plan_add(&b, OP_EXIT);
  refuses(&b, EINVAL, 1); // twice
  plan_begin(&b);
  plan_add_flags(&b, PLAN_MAY_FAIL, OP_EXIT);
  refuses(&b, EINVAL, 0); // an end must not fail
  plan_begin(&b);
  plan_add_flags(&b, 2, OP_SESSION);
  plan_add(&b, OP_EXIT);
  refuses(&b, EINVAL, 0); // an unknown flag
  CHECK(launcher_cgroup_clone(b.w.buf, b.w.len) == NULL);
}

static void slots_are_bounded(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_CLOSE, 256);
  plan_add(&b, OP_EXIT);
  refuses(&b, EBADMSG, 0);
  plan_begin(&b);
  plan_add(&b, OP_CLOSE, PLAN_NO_SLOT);
  plan_add(&b, OP_EXIT);
  refuses(&b, EBADMSG, 0);
  plan_begin(&b);
  plan_add(&b, OP_MASK, 256, PLAN_NO_SLOT, NO_TEXTS);
  plan_add(&b, OP_EXIT);
  refuses(&b, EBADMSG, 0);
  plan_begin(&b);
  plan_add(&b, OP_NS_HOLDER, PLAN_NO_SLOT, 0, 1, (const struct test_nsslot[]){{0, PLAN_NO_SLOT}}, "", "", 0, NO_TEXTS);
  plan_add(&b, OP_EXIT);
  refuses(&b, EBADMSG, 0);
}

static void unknown_operations_are_enosys(void) {
  struct builder b;
  plan_begin(&b);
  plan_add(&b, OP_SESSION);
  plan_add(&b, OP_EXIT);
  b.w.buf[PLAN_HEADER] = 99;
  refuses(&b, ENOSYS, 0);
}

static void headers_are_checked(void) {
  struct builder b;
  uint32_t index;
  for (size_t at = 0; at < PLAN_HEADER; at++) {
    good_plan(&b);
    plan_end(&b);
    b.w.buf[at] ^= 0x41;
    CHECK(launcher_check(b.w.buf, b.w.len, &index) == -1 && (errno == EBADMSG || errno == EINVAL));
  }
  CHECK(launcher_check(NULL, 0, &index) == -1 && errno == EBADMSG);
}

static void every_truncation_is_refused(void) {
  struct builder b;
  uint32_t index;
  good_plan(&b);
  plan_end(&b);
  for (size_t len = 0; len < b.w.len; len++) {
    // A copy of exactly this size, so that a sanitizer sees a byte read too many; the header tells the truth about it.
    uint8_t *copy = malloc(len + 1);
    CHECK(copy);
    memcpy(copy, b.w.buf, len);
    struct writer w = writer_on(copy, len);
    w.len = len;
    if (len >= PLAN_HEADER)
      writer_patch_u32(&w, 12, (uint32_t)len);
    int rc = launcher_check(copy, len, &index);
    launcher_cgroup_clone(copy, len);
    free(copy);
    CHECK_NUMBER(rc, -1);
  }
}

// Not a fuzzer: enough of one to notice a missing bound in every build.
static void mutations_never_crash(void) {
  struct builder b;
  uint32_t index, seed = 20250101;
  good_plan(&b);
  plan_end(&b);
  uint8_t *copy = malloc(b.w.len);
  CHECK(copy);
  unsigned refused = 0;
  for (int round = 0; round < 20000; round++) {
    memcpy(copy, b.w.buf, b.w.len);
    for (int i = 0; i < 4; i++) {
      seed = seed * 1664525u + 1013904223u;
      copy[(seed >> 8) % b.w.len] = (uint8_t)(seed >> 24);
    }
    refused += launcher_check(copy, b.w.len, &index) < 0;
    launcher_cgroup_clone(copy, b.w.len);
  }
  free(copy);
  CHECK(refused > 10000);
}

const struct test check_tests[] = {
    {"check: a good plan passes", a_good_plan_passes},
    {"check: order", order_is_checked},
    {"check: slots are bounded", slots_are_bounded},
    {"check: an unknown operation is ENOSYS", unknown_operations_are_enosys},
    {"check: headers", headers_are_checked},
    {"check: every truncation is refused", every_truncation_is_refused},
    {"check: mutations never crash", mutations_never_crash},
    {NULL, NULL},
};
