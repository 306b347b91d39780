package dev.carafe.runtime.seccomp;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * System calls that are newer than libseccomp 2.5.4. Since number 424 all architectures share the
 * numbers (kernel: scripts/syscall.tbl); x32 adds its bit.
 */
final class NewSyscalls {
  private static final Map<String, Integer> NUMBERS =
      Map.ofEntries(
          Map.entry("futex_waitv", 449),
          Map.entry("set_mempolicy_home_node", 450),
          Map.entry("cachestat", 451),
          Map.entry("fchmodat2", 452),
          Map.entry("map_shadow_stack", 453),
          Map.entry("futex_wake", 454),
          Map.entry("futex_wait", 455),
          Map.entry("futex_requeue", 456),
          Map.entry("statmount", 457),
          Map.entry("listmount", 458),
          Map.entry("lsm_get_self_attr", 459),
          Map.entry("lsm_set_self_attr", 460),
          Map.entry("lsm_list_modules", 461),
          Map.entry("mseal", 462),
          Map.entry("setxattrat", 463),
          Map.entry("getxattrat", 464),
          Map.entry("listxattrat", 465),
          Map.entry("removexattrat", 466),
          Map.entry("open_tree_attr", 467),
          Map.entry("file_getattr", 468),
          Map.entry("file_setattr", 469),
          Map.entry("listns", 470));

  private NewSyscalls() {}

  /** The number on every architecture, or null for a name that is not in the table. */
  static @Nullable Integer number(String name) {
    return NUMBERS.get(name);
  }
}
