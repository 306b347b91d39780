// Makes a pod's namespaces: the launcher itself stays outside.
#include "child.h"
#include "compat.h"
#include "hostname.h"
#include "launch.h"
#include "loopback.h"
#include "procfs.h"

#include <errno.h>
#include <sched.h>

#define HOLDABLE (CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

struct holding {
  int userns; // or -1
  uint32_t types;
  const char *hostname;
  const char *domainname;
  bool loopback_up;
  struct reader sysctls;
};

static int set_sysctls(struct launch *l, struct reader r) {
  uint32_t count = reader_list(&r, 10);
  for (uint32_t i = 0; i < count; i++) {
    const char *key = reader_str(&r);
    l->item = i;
    if (procfs_sysctl(l, key, reader_str(&r)) < 0)
      return -1;
  }
  return 0;
}

static int set_up(struct launch *l, const struct holding *h) {
  if (h->userns >= 0 && userns_become_root(l, h->userns, CLONE_NEWUSER) < 0)
    return -1;
  if (unshare((int)h->types) < 0)
    return fail(l, "unshare");
  if (hostname_set(l, h->hostname, h->domainname) < 0)
    return -1;
  if (h->loopback_up && loopback_up(l) < 0)
    return -1;
  return set_sysctls(l, h->sysctls);
}

static void skip_nsslots(struct reader *r) {
  for (uint32_t i = reader_list(r, 6); i > 0; i--)
    reader_bytes(r, 6);
}

static int collect(struct launch *l, const struct child *c, struct reader r) {
  uint32_t count = reader_list(&r, 6);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t type = reader_u32(&r);
    uint16_t slot = reader_u16(&r);
    l->item = i;
    int fd = child_namespace(l, c, type);
    if (fd < 0)
      return -1;
    slot_set(l, slot, fd);
  }
  return 0;
}

int op_ns_holder(struct launch *l, struct reader *r) {
  uint16_t userns = reader_u16(r);
  struct holding h = {.userns = -1, .types = reader_u32(r)};
  struct reader slots = *r;
  skip_nsslots(r);
  h.hostname = reader_str(r);
  h.domainname = reader_str(r);
  h.loopback_up = reader_u8(r);
  h.sysctls = *r;
  if (userns != PLAN_NO_SLOT && (h.userns = slot_get(l, userns)) < 0)
    return -1;
  if (h.types & ~(uint32_t)HOLDABLE)
    return fail_with(l, EINVAL, "unshare");
  if (procfs_get(l) < 0)
    return -1;
  CHILD_AUTO struct child child = CHILD_NONE;
  pid_t pid = child_start(&child, 0);
  if (pid < 0)
    return fail(l, "clone");
  if (pid == 0) {
    child_report(&child, l, set_up(l, &h) < 0 ? errno : 0);
    child_wait_for_end(&child);
  }
  return child_await(l, &child) < 0 ? -1 : collect(l, &child, slots);
}
