package dev.carafe.runtime.rdt.plan;

import dev.carafe.runtime.rdt.Schemata;
import dev.carafe.runtime.rdt.config.Allocation;
import dev.carafe.runtime.rdt.config.BandwidthSpec;
import dev.carafe.runtime.rdt.config.CacheSpec;
import dev.carafe.runtime.rdt.config.CacheSpec.Kind;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfig.ClassOfService;
import dev.carafe.runtime.rdt.config.RdtConfig.Partition;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.Where;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** Computes goresctrl's schemata. One instance makes one plan. */
public final class RdtPlanner {
  private static final List<String> LEVELS = List.of("L2", "L3");

  private final RdtConfig config;
  private final Hardware hardware;

  /** The bits of each partition, by resource and cache id. */
  private final Map<String, Map<Integer, Map<String, Long>>> grants = new HashMap<>();

  private RdtPlanner(RdtConfig config, Hardware hardware) {
    this.config = Objects.requireNonNull(config, "config");
    this.hardware = Objects.requireNonNull(hardware, "hardware");
  }

  /**
   * The plan of a configuration.
   *
   * @throws RdtConfigException for a configuration that this machine can't have
   */
  public static RdtPlan plan(RdtConfig config, Hardware hardware) {
    return new RdtPlanner(config, hardware).plan();
  }

  /**
   * The schemata of one more class of a partition.
   *
   * @throws RdtConfigException for a configuration or a class that this machine can't have
   */
  public static Schemata plan(
      RdtConfig config, Hardware hardware, String partition, ClassOfService clazz) {
    RdtPlanner planner = new RdtPlanner(config, hardware);
    hardware.caches().keySet().forEach(planner::grant);
    Partition share = Objects.requireNonNull(config.partitions().get(partition), partition);
    return planner.schemata(share, clazz);
  }

  private RdtPlan plan() {
    hardware.caches().keySet().forEach(this::grant);
    SortedMap<String, Schemata> classes = new TreeMap<>();
    for (Partition partition : config.partitions().values()) {
      MemoryBandwidth.check(partition.bandwidth(), hardware.bandwidth());
      for (ClassOfService clazz : partition.classes().values()) {
        classes.put(clazz.name(), schemata(partition, clazz));
      }
    }
    refuseTooManyClasses(classes);
    return new RdtPlan(classes, hardware.root());
  }

  private static String level(String resource) {
    return resource.substring(0, 2);
  }

  private static Kind kind(String resource) {
    for (Kind kind : List.of(Kind.CODE, Kind.DATA)) {
      if (resource.endsWith(kind.suffix())) {
        return kind;
      }
    }
    return Kind.UNIFIED;
  }

  /**
   * Gives out a cache. Where a kind is not stated, unified's bits count, and all kinds are looked
   * at, so that a configuration is not good on one machine and bad on the next.
   */
  private void grant(String resource) {
    Hardware.Cache cache = Objects.requireNonNull(hardware.caches().get(resource));
    Map<Integer, Map<String, Long>> byId = new HashMap<>();
    for (int id : cache.ids()) {
      for (Kind kind : Kind.values()) {
        PartitionShares shares =
            PartitionShares.of(level(resource), kind, id, config.partitions().values());
        Map<String, Long> masks = shares.grant(cache);
        if (!masks.isEmpty() && (kind == Kind.UNIFIED || kind == kind(resource))) {
          byId.put(id, masks);
        }
      }
    }
    grants.put(resource, byId);
  }

  private Schemata schemata(Partition partition, ClassOfService clazz) {
    refuseMissingResources(clazz);
    Map<String, Map<Integer, Long>> resources = new TreeMap<>();
    hardware
        .caches()
        .forEach((resource, cache) -> {
          Map<Integer, Long> masks = new TreeMap<>();
          for (int id : cache.ids()) {
            masks.put(id, mask(resource, cache, id, partition, clazz));
          }
          resources.put(resource, masks);
        });
    Hardware.Bandwidth bandwidth = hardware.bandwidth();
    Allocation<BandwidthSpec> asked = clazz.bandwidth();
    if (bandwidth == null) {
      MemoryBandwidth.check(asked, null);
    } else {
      resources.put(
          "MB", MemoryBandwidth.values(partition.bandwidth(), asked, bandwidth, clazz.where()));
    }
    return new Schemata(resources);
  }

  private long mask(
      String resource, Hardware.Cache cache, int id, Partition partition, ClassOfService clazz) {
    long base =
        grants
            .getOrDefault(resource, Map.of())
            .getOrDefault(id, Map.of())
            .getOrDefault(partition.name(), cache.mask());
    Allocation<CacheSpec> asked = clazz.caches().get(level(resource));
    CacheSpec spec = asked == null ? null : asked.of(id);
    Where where = spec == null ? clazz.where() : spec.where();
    long mask =
        spec == null
            ? base
            : ClassShare.mask(spec.effective(kind(resource)), base, cache.minBits(), where);
    if (!Bits.contiguous(mask)
        || !Bits.within(mask, cache.mask())
        || Long.bitCount(mask) < cache.minBits()) {
      throw new RdtConfigException(
          where,
          "%s mask %x of cache id %d is none that the hardware takes: expected a run of at least %d bits within %x"
              .formatted(resource, mask, id, Math.max(1, cache.minBits()), cache.mask()));
    }
    return mask;
  }

  private void refuseMissingResources(ClassOfService clazz) {
    for (String level : LEVELS) {
      boolean here =
          hardware.caches().keySet().stream().anyMatch(name -> level(name).equals(level));
      Allocation<CacheSpec> asked = clazz.caches().get(level);
      if (!here && asked != null && !config.optional().contains(level)) {
        throw new RdtConfigException(
            asked.where(), unsupported(level + " cache allocation", clazz, level));
      }
    }
    Allocation<BandwidthSpec> asked = clazz.bandwidth();
    if (hardware.bandwidth() == null && asked != null && !config.optional().contains("MB")) {
      throw new RdtConfigException(
          asked.where(), unsupported("memory bandwidth allocation", clazz, "MB"));
    }
  }

  private static String unsupported(String what, ClassOfService clazz, String resource) {
    return what
        + " for \""
        + clazz.name()
        + "\" specified in configuration but not supported by system; leave it out, or set"
        + " options."
        + resource.toLowerCase(Locale.ROOT)
        + ".optional: true";
  }

  private void refuseTooManyClasses(SortedMap<String, Schemata> classes) {
    long groups = classes.keySet().stream().filter(c -> !c.equals(RdtConfig.ROOT_CLASS)).count();
    if (groups > hardware.classes()) {
      throw new RdtConfigException(
          Where.FILE,
          groups
              + " classes are configured, and the hardware has only "
              + hardware.classes()
              + " beside the root one");
    }
  }
}
