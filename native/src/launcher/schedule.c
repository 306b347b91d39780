// Where and when a program runs: CPU scheduling and NUMA memory.
#include "compat.h"
#include "launch.h"

#include <errno.h>
#include <string.h>

#define NODES_MAX 8192u // bytes

// linux/sched/types.h clashes with the C library's sched.h.
struct scheduling {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;
  uint64_t deadline;
  uint64_t period;
};

int op_scheduler(struct launch *l, struct reader *r) {
  struct scheduling s = {.size = sizeof s, .policy = reader_u32(r)};
  s.flags = reader_u64(r);
  s.nice = reader_i32(r);
  s.priority = reader_u32(r);
  s.runtime = reader_u64(r);
  s.deadline = reader_u64(r);
  s.period = reader_u64(r);
  return syscall(SYS_sched_setattr, 0, &s, 0) < 0 ? fail(l, "sched_setattr") : 0;
}

int op_memory_policy(struct launch *l, struct reader *r) {
  uint32_t mode = reader_u32(r);
  struct blob nodes = reader_blob(r);
  if (nodes.len > NODES_MAX)
    return fail_with(l, EINVAL, "node mask");
  // The kernel reads whole longs, and one bit less than it is told.
  unsigned long mask[NODES_MAX / sizeof(unsigned long)] = {0};
  if (nodes.len)
    memcpy(mask, nodes.data, nodes.len);
  unsigned long bits = nodes.len ? nodes.len * 8 + 1 : 0;
  return syscall(SYS_set_mempolicy, mode, nodes.len ? mask : NULL, bits) < 0 ? fail(l, "set_mempolicy") : 0;
}
