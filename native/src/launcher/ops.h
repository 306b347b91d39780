// The operations of a launch plan: one row each, checked by a test against opcodes.tsv.
#ifndef CARAFE_OPS_H
#define CARAFE_OPS_H

#include <stddef.h>
#include <stdint.h>

// X(code, NAME, fields, handler). One letter a field, in wire order:
//   h slot   o slot or none   1 u8   4 u32   8 u64   2 u16   i i32   s str   p str that is a path   b blob
//   U list<idmap>   N list<nsslot>   K list<pair>   R list<rlimit>   A list<str>   P list<str> of paths   G list<u32>
#define OPERATIONS(X)                                                                                                  \
  X(1, OPEN_TREE, "hp4", op_open_tree)                                                                                 \
  X(2, OPEN, "hp4", op_open)                                                                                           \
  X(3, CLOSE, "h", op_close)                                                                                           \
  X(4, WRITE, "hs", op_write)                                                                                          \
  X(5, CGROUP_CLONE, "p", op_cgroup_clone)                                                                             \
  X(6, TREE_INSIDE, "hop4", op_tree_inside)                                                                            \
  X(7, CHDIR, "h", op_chdir)                                                                                           \
  X(10, NS_OPEN, "hp", op_ns_open)                                                                                     \
  X(11, NS_JOIN, "h4", op_ns_join)                                                                                     \
  X(12, NS_UNSHARE, "4", op_ns_unshare)                                                                                \
  X(13, USERNS_CREATE, "hUU1", op_userns_create)                                                                       \
  X(14, NS_HOLDER, "o4Nss1K", op_ns_holder)                                                                            \
  X(15, NS_PIN, "hp", op_ns_pin)                                                                                       \
  X(16, USERNS_ENTER, "h", op_userns_enter)                                                                            \
  X(17, USERNS_BY_USER, "hUUpp", op_userns_by_user)                                                                    \
  X(20, PROPAGATION, "81", op_propagation)                                                                             \
  X(21, FSMOUNT, "hsK8", op_fsmount)                                                                                   \
  X(22, OVERLAY, "hPppoKp", op_overlay)                                                                                \
  X(23, SETATTR, "h888o1", op_setattr)                                                                                 \
  X(24, ATTACH, "hop144", op_attach)                                                                                   \
  X(25, MKDIR, "op444", op_mkdir)                                                                                      \
  X(26, MKNOD, "op144444", op_mknod)                                                                                   \
  X(27, SYMLINK, "opp", op_symlink)                                                                                    \
  X(28, MASK, "ooP", op_mask)                                                                                          \
  X(29, READONLY, "oP", op_readonly)                                                                                   \
  X(30, PIVOT, "h", op_pivot)                                                                                          \
  X(31, ROOT_OPEN, "hp", op_root_open)                                                                                 \
  X(32, CHOWN, "op444", op_chown)                                                                                      \
  X(33, IS_DEVICE, "h144", op_is_device)                                                                               \
  X(34, COPY_UP, "hop", op_copy_up)                                                                                    \
  X(35, TMPFS, "hopK8", op_tmpfs)                                                                                      \
  X(36, MOVE_ROOT, "h", op_move_root)                                                                                  \
  X(37, REMOUNT, "op881K", op_remount)                                                                                 \
  X(39, LOCKED, "h88", op_locked)                                                                                      \
  X(40, HOSTNAME, "ss", op_hostname)                                                                                   \
  X(41, SYSCTL, "K", op_sysctl)                                                                                        \
  X(42, CREDENTIALS, "44G188888", op_credentials)                                                                      \
  X(43, NO_NEW_PRIVS, "", op_no_new_privs)                                                                             \
  X(44, RLIMITS, "R", op_rlimits)                                                                                      \
  X(45, SECCOMP, "4b", op_seccomp)                                                                                     \
  X(46, PROCESS, "4i4b4", op_process)                                                                                  \
  X(47, SIGNALS, "", op_signals)                                                                                       \
  X(48, CWD, "p", op_cwd)                                                                                              \
  X(49, LSM_EXEC, "1s", op_lsm_exec)                                                                                   \
  X(50, KEYRING, "s", op_keyring)                                                                                      \
  X(51, TERMINAL, "o22144", op_terminal)                                                                               \
  X(52, SESSION, "", op_session)                                                                                       \
  X(53, LOOPBACK_UP, "", op_loopback_up)                                                                               \
  X(54, SCHEDULER, "48i4888", op_scheduler)                                                                            \
  X(55, MEMORY_POLICY, "4b", op_memory_policy)                                                                         \
  X(56, STDIO_OWNER, "44", op_stdio_owner)                                                                             \
  X(57, HOOK, "spAA4A", op_hook)                                                                                       \
  X(58, NET_SOCKET, "h", op_net_socket)                                                                                \
  X(59, NET_DEVICE, "hss", op_net_device)                                                                              \
  X(60, FORK_INIT, "4", op_fork_init)                                                                                  \
  X(61, PARK, "", op_park)                                                                                             \
  X(62, EXEC, "AA", op_exec)                                                                                           \
  X(63, REAP, "", op_reap)                                                                                             \
  X(64, EXIT, "", op_exit)                                                                                             \
  X(65, PARK_FIFO, "hss", op_park_fifo)

enum operation {
#define X(code, name, fields, handler) OP_##name = (code),
  OPERATIONS(X)
#undef X
};

#define PLAN_MAGIC 0x50465243u
#define PLAN_VERSION 1u
#define PLAN_HEADER 16u
#define PLAN_OPERATION_HEADER 8u
#define PLAN_OPERATIONS_MAX 8192u
#define PLAN_BYTES_MAX (4u * 1024u * 1024u)
#define PLAN_MAY_FAIL 1u
#define PLAN_SLOTS 256u
#define PLAN_NO_SLOT 0xffffu

struct launch;
struct reader;

struct operation_type {
  uint16_t code;
  const char *name;
  const char *fields;
  // Reads its fields (the payload was checked before) and acts: 0, or -1 with errno.
  int (*run)(struct launch *l, struct reader *r);
};

// The row of a code, or NULL.
const struct operation_type *operation_type(uint16_t code);

extern const struct operation_type operation_types[];
extern const size_t operation_count;

#define X(code, name, fields, handler) int handler(struct launch *l, struct reader *r);
OPERATIONS(X)
#undef X

#endif
