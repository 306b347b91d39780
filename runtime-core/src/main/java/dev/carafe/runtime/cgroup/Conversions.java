package dev.carafe.runtime.cgroup;

import org.jspecify.annotations.Nullable;

/** From the cgroup v1 numbers of the OCI configuration to those of cgroup v2. */
final class Conversions {
  static final long MIN_SHARES = 2;
  static final long MAX_SHARES = 262_144;

  private Conversions() {}

  /**
   * CPU shares to cpu.weight, so that the ends and the default meet: 2 is 1, 1024 is 100, 262144 is
   * 10000; between them a parabola in log2(shares).
   */
  static long weightOfShares(long shares) {
    if (shares <= MIN_SHARES) {
      return 1;
    }
    if (shares >= MAX_SHARES) {
      return 10_000;
    }
    double log = Math.log((double) shares) / Math.log(2);
    return (long) Math.ceil(Math.pow(10, (log * log + 125 * log) / 612.0 - 7.0 / 34.0));
  }

  /** blkio weight (10 to 1000) to io.weight (1 to 10000), linear. */
  static long ioWeight(int blkioWeight) {
    return 1 + (blkioWeight - 10) * 9_999L / 990;
  }

  /**
   * The value of memory.swap.max for a limit on memory and swap together.
   *
   * @param memory limit in bytes, -1 none, null not given
   * @param both limit on memory and swap in bytes, -1 none
   * @throws CgroupException when the difference has no meaning
   */
  static String swapMax(@Nullable Long memory, long both) {
    if (both == -1) {
      return "max";
    }
    if (both < 0) {
      throw CgroupException.invalid("the memory+swap limit " + both + " is negative");
    }
    if (memory == null || memory < 0) {
      throw CgroupException.invalid(
          "a memory+swap limit of " + both + " bytes needs a memory limit beside it");
    }
    if (both < memory) {
      throw CgroupException.invalid(
          "the memory+swap limit " + both + " is below the memory limit " + memory);
    }
    return Long.toString(both - memory);
  }

  /** A task limit: -1 is none; 0 is 1, for no container has no process (as runc and systemd). */
  static String tasks(long limit) {
    return maxOrNumber(limit == 0 ? 1 : limit);
  }

  /** A byte limit as cgroup v2 writes it: -1 is max. */
  static String maxOrNumber(long limit) {
    return limit < 0 ? "max" : Long.toString(limit);
  }
}
