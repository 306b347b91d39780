package dev.carafe.runtime.rdt.plan;

import dev.carafe.runtime.rdt.ResctrlInfo;
import dev.carafe.runtime.rdt.Schemata;
import dev.carafe.runtime.rdt.config.BandwidthSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What the options of a resctrl mount change in its tree (kernel: filesystems/resctrl.rst). */
final class MountOptions {
  /** Bandwidth in MB/s. */
  static final String MEGABYTES = "mba_MBps";

  /** What a group without a limit shows then. */
  static final Long UNLIMITED = BandwidthSpec.UNLIMITED_MEGABYTES;

  private static final Map<String, String> SPLITS = Map.of("cdp", "L3", "cdpl2", "L2");
  private static final List<String> PARTS = List.of("CODE", "DATA");

  private MountOptions() {}

  /** All options that a plan depends on. */
  static Set<String> known() {
    return Set.of("cdp", "cdpl2", MEGABYTES);
  }

  static List<String> splitLevels(Set<String> options) {
    List<String> levels = new ArrayList<>();
    SPLITS.forEach((option, level) -> {
      if (options.contains(option)) {
        levels.add(level);
      }
    });
    return levels;
  }

  /** Code and data prioritization takes two classes of service for one. */
  static ResctrlInfo split(ResctrlInfo info, String level) {
    Map<String, ResctrlInfo.Cache> caches = new HashMap<>(info.caches());
    ResctrlInfo.Cache unified = caches.remove(level);
    if (unified != null) {
      for (String part : PARTS) {
        caches.put(
            level + part,
            new ResctrlInfo.Cache(
                unified.cbmMask(),
                unified.minCbmBits(),
                unified.shareableBits(),
                unified.closids() / PARTS.size()));
      }
    }
    return new ResctrlInfo(caches, info.bandwidth(), info.monitoring());
  }

  static Schemata split(Schemata root, String level) {
    Map<String, Map<Integer, Long>> resources = new TreeMap<>(root.resources());
    Map<Integer, Long> unified = resources.remove(level);
    if (unified != null) {
      PARTS.forEach(part -> resources.put(level + part, unified));
    }
    return new Schemata(resources);
  }

  /** The root class's bandwidth in the unit of the mount. */
  static Schemata unit(Schemata root, boolean inMegabytes) {
    Map<String, Map<Integer, Long>> resources = new TreeMap<>(root.resources());
    resources.computeIfPresent(
        "MB",
        (name, values) -> {
          boolean are = values.containsValue(UNLIMITED);
          Map<Integer, Long> other = new TreeMap<>(values);
          other.replaceAll((id, value) -> inMegabytes ? UNLIMITED : 100L);
          return inMegabytes == are ? values : other;
        });
    return new Schemata(resources);
  }
}
