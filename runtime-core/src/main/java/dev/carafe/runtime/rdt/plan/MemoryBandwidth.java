package dev.carafe.runtime.rdt.plan;

import dev.carafe.runtime.rdt.config.Allocation;
import dev.carafe.runtime.rdt.config.BandwidthSpec;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.Where;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a class gets of the memory bandwidth. */
final class MemoryBandwidth {
  private MemoryBandwidth() {}

  /**
   * Refuses an allocation that lacks the unit of this machine, also where nothing comes of it.
   *
   * @param hardware null counts as percent
   */
  static void check(
      @Nullable Allocation<BandwidthSpec> asked, Hardware.@Nullable Bandwidth hardware) {
    if (asked != null) {
      boolean inMegabytes = hardware != null && hardware.inMegabytes();
      long _ = asked.all().value(inMegabytes);
      asked.domains().values().forEach(spec -> spec.value(inMegabytes));
    }
  }

  /**
   * The values of a class: a percentage of the partition's percentage, or MB/s up to the
   * partition's.
   */
  static Map<Integer, Long> values(
      @Nullable Allocation<BandwidthSpec> partition,
      @Nullable Allocation<BandwidthSpec> asked,
      Hardware.Bandwidth hardware,
      Where where) {
    check(asked, hardware);
    Map<Integer, Long> values = new TreeMap<>();
    for (int id : hardware.ids()) {
      long value =
          hardware.inMegabytes()
              ? Math.min(of(partition, id, hardware), of(asked, id, hardware))
              : percent(partition, asked, id, hardware);
      if (!hardware.inMegabytes() && value > hardware.maximum()) {
        throw new RdtConfigException(
            asked == null ? where : asked.of(id).where(),
            "memory bandwidth "
                + value
                + " of domain "
                + id
                + " is more than the hardware's "
                + hardware.maximum());
      }
      values.put(id, value);
    }
    return values;
  }

  private static long percent(
      @Nullable Allocation<BandwidthSpec> partition,
      @Nullable Allocation<BandwidthSpec> asked,
      int id,
      Hardware.Bandwidth hardware) {
    long base = of(partition, id, hardware);
    if (partition != null) {
      base = Math.max(base, hardware.minimum());
    }
    return Math.max(of(asked, id, hardware) * base / 100, hardware.minimum());
  }

  private static long of(
      @Nullable Allocation<BandwidthSpec> allocation, int id, Hardware.Bandwidth hardware) {
    if (allocation == null) {
      return hardware.inMegabytes() ? BandwidthSpec.UNLIMITED_MEGABYTES : 100;
    }
    return allocation.of(id).value(hardware.inMegabytes());
  }
}
