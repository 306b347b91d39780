package dev.carafe.runtime.rdt.cli;

import dev.carafe.runtime.rdt.Schemata;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfig.Partition;
import dev.carafe.runtime.rdt.plan.Hardware;
import dev.carafe.runtime.rdt.plan.RdtPlan;
import java.io.PrintStream;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** A plan as a table, and as a picture of who owns which ways of which cache. */
final class PlanPicture {
  private static final char OWNED = '#';
  private static final char FREE = '.';
  private static final int BAR = 20;

  private final RdtConfig config;
  private final RdtPlan plan;
  private final Hardware hardware;
  private final int width;

  PlanPicture(RdtConfig config, RdtPlan plan, Hardware hardware) {
    this.config = Objects.requireNonNull(config, "config");
    this.plan = Objects.requireNonNull(plan, "plan");
    this.hardware = Objects.requireNonNull(hardware, "hardware");
    this.width =
        Math.max(
            "PARTITION".length(),
            Math.max(widest(plan.classes().keySet()), widest(config.partitions().keySet())));
  }

  private static int widest(Iterable<String> names) {
    int widest = 0;
    for (String name : names) {
      widest = Math.max(widest, name.length());
    }
    return widest;
  }

  void print(PrintStream out) {
    table(out);
    hardware.caches().forEach((resource, cache) -> ways(out, resource, cache));
    Hardware.Bandwidth bandwidth = hardware.bandwidth();
    if (bandwidth != null) {
      bars(out, bandwidth);
    }
  }

  private void table(PrintStream out) {
    Map<String, String> partitions = new TreeMap<>();
    for (Partition partition : config.partitions().values()) {
      partition.classes().keySet().forEach(name -> partitions.put(name, partition.name()));
    }
    out.println(pad("CLASS") + "  " + pad("PARTITION") + "  SCHEMATA");
    plan.classes()
        .forEach((name, schemata) -> {
          String first = pad(name) + "  " + pad(partitions.getOrDefault(name, "(as it is)"));
          String rest = " ".repeat(first.length());
          String left = first;
          for (String line : schemata.lines()) {
            out.println(left + "  " + line);
            left = rest;
          }
        });
  }

  private String pad(String text) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  /** One row a class; the highest way is at the left, as in a mask. */
  private void ways(PrintStream out, String resource, Hardware.Cache cache) {
    int ways = Long.SIZE - Long.numberOfLeadingZeros(cache.mask());
    for (int id : cache.ids()) {
      out.println();
      out.println(
          "%s of cache %d: %d ways, %d on the left, 0 on the right"
              .formatted(resource, id, ways, ways - 1));
      masks(resource, id)
          .forEach((name, mask) ->
              out.println(
                  "  %s |%s| %2d %3d%%"
                      .formatted(
                          pad(name),
                          picture(mask, ways),
                          Long.bitCount(mask),
                          Long.bitCount(mask) * 100 / ways)));
    }
  }

  private SortedMap<String, Long> masks(String resource, int id) {
    SortedMap<String, Long> values = new TreeMap<>();
    for (Map.Entry<String, Schemata> clazz : plan.classes().entrySet()) {
      Long value = clazz.getValue().resources().getOrDefault(resource, Map.of()).get(id);
      if (value != null) {
        values.put(clazz.getKey(), value);
      }
    }
    return values;
  }

  private static String picture(long mask, int ways) {
    StringBuilder picture = new StringBuilder();
    for (int way = ways - 1; way >= 0; way--) {
      picture.append((mask >>> way & 1) == 1 ? OWNED : FREE);
    }
    return picture.toString();
  }

  private void bars(PrintStream out, Hardware.Bandwidth bandwidth) {
    String unit = bandwidth.inMegabytes() ? "MB/s" : bandwidth.maximum() == 100 ? "%" : "units";
    for (int id : bandwidth.ids()) {
      out.println();
      out.println("MB of domain " + id + ", in " + unit);
      masks("MB", id)
          .forEach((name, value) -> {
            int full = (int) (Math.min(value, bandwidth.maximum()) * BAR / bandwidth.maximum());
            String bar = String.valueOf(OWNED).repeat(full);
            String empty = String.valueOf(FREE).repeat(BAR - full);
            String text =
                value == bandwidth.maximum() && bandwidth.inMegabytes()
                    ? "no limit"
                    : value + " " + unit;
            out.println("  %s |%s%s| %s".formatted(pad(name), bar, empty, text));
          });
    }
  }
}
