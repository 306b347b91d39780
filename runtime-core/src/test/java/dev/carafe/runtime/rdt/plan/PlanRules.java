package dev.carafe.runtime.rdt.plan;

import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfig.Partition;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;

/**
 * What must be true of any plan, told from its lines of text and the hardware alone: the kernel
 * takes each line (cbm_validate, bw_validate, parse_line of Linux 6.12), and partitions share no
 * bit.
 */
final class PlanRules {
  private PlanRules() {}

  /** The broken rules, as sentences. */
  static List<String> broken(
      RdtConfig config, SortedMap<String, List<String>> lines, Hardware hardware) {
    List<String> broken = new ArrayList<>();
    lines.forEach((name, own) -> own.forEach(line -> line(name, line, hardware, broken)));
    hardware
        .caches()
        .forEach((resource, cache) ->
            cache.ids().forEach(id -> overlaps(config, lines, resource, id, broken)));
    return broken;
  }

  private static void line(String name, String line, Hardware hardware, List<String> broken) {
    String resource = line.substring(0, line.indexOf(':'));
    Hardware.Cache cache = hardware.caches().get(resource);
    Hardware.Bandwidth bandwidth = resource.equals("MB") ? hardware.bandwidth() : null;
    int last = -1;
    for (String domain : line.substring(line.indexOf(':') + 1).split(";", -1)) {
      int id = Integer.parseInt(domain.split("=", 2)[0]);
      String value = domain.split("=", 2)[1];
      boolean good =
          cache != null
              ? cache.ids().contains(id) && mask(value, cache)
              : bandwidth != null && bandwidth.ids().contains(id) && bandwidth(value, bandwidth);
      if (!good || id <= last) {
        broken.add(name + ": " + line + ": " + domain);
      }
      last = id;
    }
  }

  private static boolean mask(String text, Hardware.Cache cache) {
    BitSet bits = BitSet.valueOf(new long[] {Long.parseUnsignedLong(text, 16)});
    BitSet all = BitSet.valueOf(new long[] {cache.mask()});
    int first = bits.nextSetBit(0);
    boolean oneRun = first >= 0 && bits.nextClearBit(first) == bits.length();
    return oneRun && bits.length() <= all.length() && bits.cardinality() >= cache.minBits();
  }

  private static boolean bandwidth(String text, Hardware.Bandwidth bandwidth) {
    long value = Long.parseLong(text);
    return value <= 0xffff_ffffL
        && (bandwidth.inMegabytes()
            || (value >= bandwidth.minimum() && value <= bandwidth.maximum()));
  }

  private static void overlaps(
      RdtConfig config,
      SortedMap<String, List<String>> lines,
      String resource,
      int id,
      List<String> broken) {
    BitSet taken = new BitSet();
    for (Partition partition : config.partitions().values()) {
      BitSet own = new BitSet();
      if (partition.caches().containsKey(resource.substring(0, 2))) {
        partition.classes().keySet().forEach(name -> own.or(bits(lines, name, resource, id)));
      }
      if (own.intersects(taken)) {
        broken.add("partition " + partition.name() + " overlaps on " + resource + " of " + id);
      }
      taken.or(own);
    }
  }

  private static BitSet bits(
      Map<String, List<String>> lines, String name, String resource, int id) {
    for (String line : Objects.requireNonNull(lines.get(name), name)) {
      for (String domain : line.substring(line.indexOf(':') + 1).split(";", -1)) {
        if (line.startsWith(resource + ":") && domain.startsWith(id + "=")) {
          long mask = Long.parseUnsignedLong(domain.substring(domain.indexOf('=') + 1), 16);
          return BitSet.valueOf(new long[] {mask});
        }
      }
    }
    throw new IllegalStateException("no " + resource + ":" + id + " in " + lines);
  }
}
