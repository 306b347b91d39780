package dev.carafe.runtime.cgroup;

/** The check behind {@code memory.checkBeforeUpdate}. */
final class MemoryCheck {
  private MemoryCheck() {}

  /** Refuses a limit that what is used now already exceeds; the phrase is one that callers grep. */
  static void refuseBelowUsage(long limit, long usage) {
    if (limit >= 0 && usage != Long.MAX_VALUE && limit < usage) {
      throw CgroupException.invalid(
          "rejecting memory limit " + limit + ": the cgroup already uses " + usage + " bytes");
    }
  }
}
