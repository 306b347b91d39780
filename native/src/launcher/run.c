// Runs a plan: the first acts, then one operation after the other.
#include "compat.h"
#include "launch.h"
#include "launcher.h"
#include "plan.h"
#include "procfs.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/stat.h>

// Descriptors are not closed by fork, so the shim's others go here; what is kept must not survive exec.
static int close_all_but(int a, int b, unsigned from) {
  int low = a < b ? a : b, high = a < b ? b : a;
  int first = (int)from;
  if (low >= first) {
    if (low > first && close_range(from, (unsigned)low - 1, 0) < 0)
      return -1;
    from = (unsigned)low + 1;
  }
  if (high >= first) {
    if ((unsigned)high > from && close_range(from, (unsigned)high - 1, 0) < 0)
      return -1;
    from = (unsigned)high + 1;
  }
  if (close_range(from, ~0U, 0) < 0 || fcntl(a, F_SETFD, FD_CLOEXEC) < 0)
    return -1;
  return b < 0 ? 0 : fcntl(b, F_SETFD, FD_CLOEXEC);
}

static int first_acts(struct launch *l, int channel, int slot0, unsigned kept) {
  l->channel = channel;
  l->procfs = -1;
  l->root_slot = -1;
  l->umask = 022;
  l->by_user = geteuid() != 0;
  for (size_t i = 0; i < PLAN_SLOTS; i++)
    l->slots[i] = -1;
  l->slots[0] = slot0;
  if (close_all_but(channel, slot0, 3 + kept) < 0)
    return fail(l, "close_range");
  // An ordinary user would lose the files in /proc/self that the plan begins with. It is nobody's but his yet: USERNS_ENTER says it.
  if (!l->by_user && make_undumpable() < 0)
    return fail(l, "PR_SET_DUMPABLE");
  if (signals_reset() < 0)
    return fail(l, "signals");
  umask(0); // modes are what the plan says
  return 0;
}

static bool needs_procfs(uint16_t code) {
  return code == OP_USERNS_CREATE || code == OP_USERNS_BY_USER || code == OP_NS_HOLDER || code == OP_SYSCTL ||
         code == OP_LSM_EXEC || code == OP_CHOWN;
}

// Inside a user namespace no procfs can be made before the container's own pid namespace exists, so it is made at the start. The operation that needs it says
// what is wrong when it could not be made.
static void prepare_procfs(struct launch *l, struct reader r, uint32_t count) {
  struct plan_operation op;
  for (uint32_t i = 0; i < count && plan_next(&r, &op) == 0; i++) {
    if (needs_procfs(op.code)) {
      procfs_get(l);
      return;
    }
  }
}

static int run_operation(struct launch *l, struct plan_operation *op) {
  l->code = op->code;
  l->may_fail = op->flags & PLAN_MAY_FAIL;
  l->item = 0;
  l->detail[0] = 0;
  if (operation_type(op->code)->run(l, &op->payload) == 0)
    return 0;
  if (!l->may_fail)
    return -1;
  send_failure(l, MSG_WARN, errno);
  return 0;
}

static int run_plan(struct launch *l, const uint8_t *plan, size_t len) {
  struct reader r;
  uint32_t count;
  if (launcher_check(plan, len, &l->index) < 0)
    return fail(l, "the plan is malformed");
  if (plan_header(plan, len, &r, &count) < 0)
    return -1;
  prepare_procfs(l, r, count);
  for (uint32_t i = 0; i < count; i++) {
    struct plan_operation op;
    l->index = i;
    if (plan_next(&r, &op) < 0 || run_operation(l, &op) < 0)
      return -1;
  }
  return fail_with(l, EINVAL, "the plan has no end");
}

_Noreturn void launcher_run(int channel, int slot0, unsigned kept, const uint8_t *plan, size_t len) {
  static struct launch l;
  if (first_acts(&l, channel, slot0, kept) == 0)
    run_plan(&l, plan, len); // comes back on failure only
  send_failure(&l, MSG_FAIL, errno);
  _exit(1);
}

int op_cgroup_clone(struct launch *l, struct reader *r) {
  (void)l;
  (void)r;
  return 0; // the shim cloned us into it
}

int op_exit(struct launch *l, struct reader *r) {
  (void)r;
  if (send_plain(l, MSG_DONE) < 0)
    return fail(l, "channel");
  _exit(0);
}
