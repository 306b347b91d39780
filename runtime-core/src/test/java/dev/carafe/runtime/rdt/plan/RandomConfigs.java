package dev.carafe.runtime.rdt.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** Random configuration files for a machine, of which about half are good. */
final class RandomConfigs {
  private final RandomGenerator random;
  private final Hardware hardware;

  RandomConfigs(RandomGenerator random, Hardware hardware) {
    this.random = random;
    this.hardware = hardware;
  }

  private boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  /** The next file. */
  String next() {
    int count = chance(0.8) ? 2 + random.nextInt(3) : 1;
    List<StringBuilder> partitions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      partitions.add(new StringBuilder());
    }
    Set<String> levels = new TreeSet<>();
    hardware.caches().keySet().forEach(name -> levels.add(name.substring(0, 2)));
    Set<String> stated = new TreeSet<>();
    for (String level : levels) {
      if (chance(0.85)) {
        stated.add(level);
        cache(level, partitions);
      }
    }
    boolean bandwidth = chance(hardware.bandwidth() == null ? 0.1 : 0.7);
    StringBuilder yaml = new StringBuilder("options: {mb: {optional: true}}\npartitions:\n");
    int rootAt = chance(0.3) ? random.nextInt(count) : -1;
    int names = 0;
    for (int i = 0; i < count; i++) {
      yaml.append("  p")
          .append(random.nextInt(90) * 10 + i)
          .append(":\n")
          .append(partitions.get(i));
      if (bandwidth) {
        yaml.append("    mbAllocation: ").append(bandwidth()).append('\n');
      }
      yaml.append("    classes:\n");
      for (int c = random.nextInt(3); c >= 0; c--) {
        if (names == hardware.classes() && chance(0.95)) {
          break;
        }
        yaml.append("      c").append(names++).append(":\n");
        clazz(yaml, stated, bandwidth);
      }
      if (i == rootAt) {
        yaml.append("      system/default:\n");
        clazz(yaml, stated, bandwidth);
      }
    }
    return yaml.toString();
  }

  private Hardware.Cache cacheOf(String level) {
    return hardware.caches().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(level))
        .findFirst()
        .orElseThrow()
        .getValue();
  }

  private void cache(String level, List<StringBuilder> partitions) {
    Hardware.Cache cache = cacheOf(level);
    boolean codeAndData = chance(0.3);
    List<String> keys = new ArrayList<>(List.of("all"));
    for (int id : cache.ids()) {
      if (chance(0.2)) {
        keys.add(Integer.toString(id));
      }
    }
    partitions.forEach(p -> p.append("    ").append(field(level)).append(":\n"));
    for (String key : keys) {
      List<String> unified = shares(partitions.size(), cache);
      List<String> code = shares(partitions.size(), cache);
      List<String> data = shares(partitions.size(), cache);
      for (int i = 0; i < partitions.size(); i++) {
        partitions
            .get(i)
            .append("      ")
            .append(key)
            .append(": ")
            .append(
                codeAndData
                    ? "{unified: %s, code: %s, data: %s}"
                        .formatted(unified.get(i), code.get(i), data.get(i))
                    : unified.get(i))
            .append('\n');
      }
    }
  }

  private static String field(String level) {
    return level.toLowerCase(Locale.ROOT) + "Allocation";
  }

  /** Mostly such as exclude each other. */
  private List<String> shares(int count, Hardware.Cache cache) {
    int bits = Long.bitCount(cache.mask());
    if (chance(0.03)) {
      return random.ints(count, 0, 70).mapToObj(percent -> percent + "%").toList();
    }
    if (chance(0.6)) {
      return cuts(count, 100).stream().map(cut -> (cut[1] - cut[0]) + "%").toList();
    }
    return cuts(count, bits).stream()
        .map(cut -> "\"0x" + Long.toHexString(run(cut[0], cut[1])) + '"')
        .toList();
  }

  private static long run(int from, int to) {
    long mask = 0;
    for (int bit = from; bit < to; bit++) {
      mask |= 1L << bit;
    }
    return mask;
  }

  /** Intervals side by side, in any order. */
  private List<int[]> cuts(int count, int end) {
    TreeSet<Integer> points = new TreeSet<>();
    while (points.size() < Math.min(count + 1, end)) {
      points.add(random.nextInt(end + 1));
    }
    List<Integer> sorted = new ArrayList<>(points);
    List<int[]> cuts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int from = sorted.get(Math.min(i, sorted.size() - 2));
      cuts.add(
          random.nextInt(i + 1), new int[] {from, sorted.get(Math.min(i + 1, sorted.size() - 1))});
    }
    return cuts;
  }

  private void clazz(StringBuilder yaml, Set<String> stated, boolean bandwidth) {
    yaml.append("        kubernetes: {denyPodAnnotation: ").append(chance(0.5)).append("}\n");
    for (String level : stated) {
      if (chance(0.7)) {
        String share = chance(0.2) ? "{all: %s, 0: %s}".formatted(share(), share()) : share();
        yaml.append("        ").append(field(level)).append(": ").append(share).append('\n');
      }
    }
    if (bandwidth && chance(0.5)) {
      yaml.append("        mbAllocation: ").append(bandwidth()).append('\n');
    }
  }

  private String share() {
    int low = random.nextInt(101);
    return switch (random.nextInt(10)) {
      case 0 -> "\"0x%x\"".formatted(run(random.nextInt(2), 2 + random.nextInt(3)));
      case 1 -> "\"0-" + (1 + random.nextInt(3)) + '"';
      case 2, 3, 4 -> low + "-" + (low + random.nextInt(101 - low)) + "%";
      default -> (1 + random.nextInt(100)) + "%";
    };
  }

  private String bandwidth() {
    return random
        .ints(1, 0, 101)
        .mapToObj(percent -> "[%d%%, %dMBps]".formatted(percent, 100 + random.nextInt(9000)))
        .collect(Collectors.joining());
  }
}
