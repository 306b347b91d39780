package dev.carafe.runtime.rdt.plan;

import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.ResctrlInfo;
import dev.carafe.runtime.rdt.Schemata;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What there is to be given out.
 *
 * @param caches by resource: L3, or L3CODE and L3DATA, and L2 likewise; none for what the machine
 *     has not
 * @param bandwidth of resource MB, or null
 * @param classes how many classes can be beside the root one
 * @param root what the root class has now
 */
public record Hardware(
    Map<String, Cache> caches, @Nullable Bandwidth bandwidth, int classes, Schemata root) {
  private static final String MB = "MB";

  public Hardware {
    caches = Collections.unmodifiableMap(new TreeMap<>(caches));
    Objects.requireNonNull(root, "root");
  }

  /**
   * A cache resource.
   *
   * @param mask all bits of a mask, from bit 0 on
   * @param minBits fewest bits in a mask
   * @param ids of its domains
   */
  public record Cache(long mask, int minBits, SortedSet<Integer> ids) {
    public Cache {
      ids = Collections.unmodifiableSortedSet(new TreeSet<>(ids));
    }
  }

  /**
   * Memory bandwidth.
   *
   * @param inMegabytes whether resctrl is mounted with mba_MBps
   * @param minimum lowest value without mba_MBps; percent, or units of AMD's
   * @param maximum highest value
   * @param ids of its domains
   */
  public record Bandwidth(boolean inMegabytes, long minimum, long maximum, SortedSet<Integer> ids) {
    public Bandwidth {
      ids = Collections.unmodifiableSortedSet(new TreeSet<>(ids));
    }
  }

  /**
   * Reads a mounted resctrl tree, or a copy of its info directory and root schemata. A copy of one
   * mounted without an option that is given here is taken as if it had been mounted with it.
   *
   * @param options of the mount (cdp, cdpl2, mba_MBps); null to tell by the tree
   * @throws dev.carafe.runtime.rdt.RdtException when it can't be read
   */
  public static Hardware read(Path dir, @Nullable Set<String> options) {
    Resctrl tree = Resctrl.copy(dir);
    Schemata root = tree.schemata(tree.root());
    ResctrlInfo info = tree.info();
    if (options == null) {
      boolean unlimited =
          root.resources().getOrDefault(MB, Map.of()).containsValue(MountOptions.UNLIMITED);
      return of(info, root, unlimited);
    }
    for (String level : MountOptions.splitLevels(options)) {
      info = MountOptions.split(info, level);
      root = MountOptions.split(root, level);
    }
    boolean inMegabytes = options.contains(MountOptions.MEGABYTES);
    return of(info, MountOptions.unit(root, inMegabytes), inMegabytes);
  }

  private static Hardware of(ResctrlInfo info, Schemata root, boolean inMegabytes) {
    Map<String, Cache> caches = new TreeMap<>();
    info.caches()
        .forEach((name, cache) -> {
          Set<Integer> ids = root.resources().getOrDefault(name, Map.of()).keySet();
          if (cache.cbmMask() != 0 && !ids.isEmpty()) {
            caches.put(name, new Cache(cache.cbmMask(), cache.minCbmBits(), new TreeSet<>(ids)));
          }
        });
    ResctrlInfo.Bandwidth bandwidth = info.bandwidth();
    Map<Integer, Long> now = root.resources().getOrDefault(MB, Map.of());
    if (bandwidth == null || now.isEmpty()) {
      return new Hardware(caches, null, info.classes(), root);
    }
    long highest = Math.max(100, Collections.max(now.values()));
    return new Hardware(
        caches,
        new Bandwidth(
            inMegabytes,
            bandwidth.minimum(),
            inMegabytes ? MountOptions.UNLIMITED : highest,
            new TreeSet<>(now.keySet())),
        info.classes(),
        root);
  }
}
