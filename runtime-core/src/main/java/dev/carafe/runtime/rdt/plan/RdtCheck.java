package dev.carafe.runtime.rdt.plan;

import dev.carafe.runtime.rdt.config.Allocation;
import dev.carafe.runtime.rdt.config.CacheShare;
import dev.carafe.runtime.rdt.config.CacheSpec;
import dev.carafe.runtime.rdt.config.CacheSpec.Kind;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfig.ClassOfService;
import dev.carafe.runtime.rdt.config.RdtConfig.Partition;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What is wrong with a configuration on any machine. */
public final class RdtCheck {
  /** The kernel's masks have 32 bits at most. */
  private static final long WIDEST = 0xffff_ffffL;

  /** Stands for all ids that the file doesn't name: none there is so high. */
  private static final int UNNAMED_ID = 128;

  private RdtCheck() {}

  /**
   * Checks a configuration as if each cache that it names were there, once for each.
   *
   * @throws RdtConfigException for one that no machine can have
   */
  public static void check(RdtConfig config) {
    for (String level : List.of("L2", "L3")) {
      Set<Integer> ids = new TreeSet<>(config.domains(level));
      ids.add(UNNAMED_ID);
      for (int id : ids) {
        for (Kind kind : Kind.values()) {
          PartitionShares shares =
              PartitionShares.of(level, kind, id, config.partitions().values());
          config.partitions().values().forEach(partition -> classes(partition, shares));
        }
      }
    }
  }

  private static void classes(Partition partition, PartitionShares shares) {
    PartitionShares.Request request = shares.requests().get(partition.name());
    long base =
        request != null && request.share() instanceof CacheShare.Bits(long mask) ? mask : WIDEST;
    for (ClassOfService clazz : partition.classes().values()) {
      Allocation<CacheSpec> asked = clazz.caches().get(shares.level());
      if (asked != null) {
        CacheSpec spec = asked.of(shares.id());
        long _ = ClassShare.mask(spec.effective(shares.kind()), base, 1, spec.where());
      }
    }
  }
}
