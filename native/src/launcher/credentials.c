// Who the program is, and what it may do.
#include "compat.h"
#include "launch.h"
#include "rawids.h"

#include <errno.h>

#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

struct capabilities {
  uint64_t bounding;
  uint64_t permitted;
  uint64_t effective;
  uint64_t inheritable;
  uint64_t ambient;
};

#define CAPABILITIES_MAX 64

static bool has(uint64_t set, unsigned capability) {
  return set >> capability & 1;
}

// EINVAL marks the first number that this kernel does not know.
static int drop_bounding(uint64_t keep) {
  for (unsigned c = 0; c < CAPABILITIES_MAX; c++) {
    int there = prctl(PR_CAPBSET_READ, c, 0, 0, 0);
    if (there < 0)
      return errno == EINVAL ? 0 : -1;
    if (there && !has(keep, c) && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0)
      return -1;
  }
  return 0;
}

// gid_t by gid_t from the plan, which is unaligned.
static int set_groups(struct reader *r, bool apply) {
  uint32_t count = reader_list(r, 4);
  const uint8_t *raw = reader_bytes(r, (size_t)count * 4);
  if (!apply)
    return 0;
  // The kernel copies from any address, and the plan is little-endian like it.
  return raw_setgroups(count, raw);
}

static int set_ambient(uint64_t ambient) {
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    return -1;
  for (unsigned c = 0; c < CAPABILITIES_MAX; c++)
    if (has(ambient, c) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) < 0)
      return -1;
  return 0;
}

static void fill(struct __user_cap_data_struct data[2], const struct capabilities *caps) {
  for (unsigned half = 0; half < 2; half++) {
    data[half].permitted = (uint32_t)(caps->permitted >> (32 * half));
    data[half].effective = (uint32_t)(caps->effective >> (32 * half));
    data[half].inheritable = (uint32_t)(caps->inheritable >> (32 * half));
  }
}

static int set_capabilities(const struct capabilities *caps) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2], now[2];
  fill(data, caps);
  if (syscall(SYS_capset, &header, data) < 0 || syscall(SYS_capget, &header, now) < 0)
    return -1;
  if (memcmp(data, now, sizeof data) == 0)
    return 0;
  errno = EPERM;
  return -1;
}

static int verify_ids(uid_t uid, gid_t gid) {
  uid_t ru, eu, su;
  gid_t rg, eg, sg;
  if (getresuid(&ru, &eu, &su) < 0 || getresgid(&rg, &eg, &sg) < 0)
    return -1;
  if (ru == uid && eu == uid && su == uid && rg == gid && eg == gid && sg == gid)
    return 0;
  errno = EPERM;
  return -1;
}

int op_credentials(struct launch *l, struct reader *r) {
  uid_t uid = reader_u32(r);
  gid_t gid = reader_u32(r);
  struct reader groups = *r;
  set_groups(r, false);
  bool apply_groups = reader_u8(r);
  struct capabilities caps = {.bounding = reader_u64(r)};
  caps.permitted = reader_u64(r);
  caps.effective = reader_u64(r);
  caps.inheritable = reader_u64(r);
  caps.ambient = reader_u64(r);
  if (drop_bounding(caps.bounding) < 0)
    return fail(l, "bounding set");
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
    return fail(l, "PR_SET_KEEPCAPS");
  if (set_groups(&groups, apply_groups) < 0)
    return fail(l, "setgroups");
  if (raw_setresgid(gid) < 0)
    return fail(l, "setresgid");
  if (raw_setresuid(uid) < 0)
    return fail(l, "setresuid");
  if (verify_ids(uid, gid) < 0)
    return fail(l, "user ids");
  if (set_capabilities(&caps) < 0)
    return fail(l, "capset");
  if (set_ambient(caps.ambient) < 0)
    return fail(l, "ambient set");
  if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
    return fail(l, "PR_SET_KEEPCAPS");
  return make_undumpable() < 0 ? fail(l, "PR_SET_DUMPABLE") : 0;
}
