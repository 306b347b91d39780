package dev.carafe.runtime.rdt.config;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of one memory controller. Which value counts depends on how resctrl is mounted.
 *
 * @param where it is said
 * @param percent 0 to 127, or null when none is given
 * @param megabytes MB/s, at most 4294967295, or null when none is given
 */
public record BandwidthSpec(Where where, @Nullable Long percent, @Nullable Long megabytes) {
  /** No limit: what the kernel shows for the root class when it is mounted with mba_MBps. */
  public static final long UNLIMITED_MEGABYTES = 0xffff_ffffL;

  public BandwidthSpec {
    Objects.requireNonNull(where, "where");
  }

  /**
   * The value that counts.
   *
   * @param inMegabytes whether resctrl is mounted with mba_MBps
   * @throws RdtConfigException when it is not given
   */
  public long value(boolean inMegabytes) {
    Long value = inMegabytes ? megabytes : percent;
    if (value == null) {
      throw new RdtConfigException(
          where,
          inMegabytes
              ? "missing 'MBps' value; resctrl is mounted with mba_MBps, so one like 1000MBps is"
                  + " needed"
              : "missing '%' value; resctrl is not mounted with mba_MBps, so one like 50% is"
                  + " needed");
    }
    return value;
  }
}
