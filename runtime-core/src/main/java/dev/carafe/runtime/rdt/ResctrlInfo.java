package dev.carafe.runtime.rdt;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the info directory says the hardware can do.
 *
 * @param caches by resource name: L3, or L3CODE and L3DATA with code and data prioritization, L2
 *     likewise
 * @param bandwidth of resource MB, or null
 * @param monitoring of L3, or null
 */
public record ResctrlInfo(
    Map<String, Cache> caches, @Nullable Bandwidth bandwidth, @Nullable Monitoring monitoring) {
  public ResctrlInfo {
    caches = Map.copyOf(caches);
  }

  /**
   * A cache that can be allocated.
   *
   * @param cbmMask all bits of a mask
   * @param minCbmBits fewest bits in a mask
   * @param shareableBits bits that other devices use too
   * @param closids classes of service, the root class among them
   */
  public record Cache(long cbmMask, int minCbmBits, long shareableBits, int closids) {}

  /**
   * Memory bandwidth.
   *
   * @param granularity step of a value, percent
   * @param minimum lowest value, percent
   * @param linear whether the delay is linear
   * @param closids classes of service, the root class among them
   */
  public record Bandwidth(int granularity, int minimum, boolean linear, int closids) {}

  /**
   * Monitoring.
   *
   * @param rmids monitoring ids in all
   * @param features counters, such as {@code llc_occupancy}
   */
  public record Monitoring(int rmids, List<String> features) {
    public Monitoring {
      features = List.copyOf(Objects.requireNonNull(features, "features"));
    }
  }

  /** How many groups can exist beside the root one: the scarcest resource counts. */
  public int classes() {
    int least = Integer.MAX_VALUE;
    for (Cache cache : caches.values()) {
      least = Math.min(least, cache.closids());
    }
    if (bandwidth != null) {
      least = Math.min(least, bandwidth.closids());
    }
    return least == Integer.MAX_VALUE ? 0 : least - 1;
  }
}
