package dev.carafe.runtime.rdt.plan;

import dev.carafe.runtime.rdt.config.Allocation;
import dev.carafe.runtime.rdt.config.CacheShare;
import dev.carafe.runtime.rdt.config.CacheShare.Percent;
import dev.carafe.runtime.rdt.config.CacheShare.Range;
import dev.carafe.runtime.rdt.config.CacheSpec;
import dev.carafe.runtime.rdt.config.RdtConfig.Partition;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.Where;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * What the partitions ask of one kind of one cache, and what they get: exclusive runs of bits.
 *
 * @param level L2 or L3
 * @param kind unified, code or data
 * @param id of the cache
 * @param requests by partition, in the partitions' order; all of one form
 */
record PartitionShares(
    String level, CacheSpec.Kind kind, int id, SequencedMap<String, Request> requests) {
  PartitionShares {
    Objects.requireNonNull(level, "level");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(requests, "requests");
  }

  /**
   * One partition's.
   *
   * @param where it is said
   */
  record Request(CacheShare share, Where where) {}

  /**
   * Collects what the partitions ask for.
   *
   * @param partitions ascending by name
   * @return with no requests when no partition states this kind
   * @throws RdtConfigException when only some state it, or the requests exclude each other
   */
  static PartitionShares of(
      String level, CacheSpec.Kind kind, int id, Collection<Partition> partitions) {
    SequencedMap<String, Request> requests = new LinkedHashMap<>();
    List<Partition> without = new ArrayList<>();
    for (Partition partition : partitions) {
      Allocation<CacheSpec> allocation = partition.caches().get(level);
      CacheSpec spec = allocation == null ? null : allocation.of(id);
      CacheShare share = spec == null ? null : spec.stated(kind);
      if (spec == null || share == null) {
        without.add(partition);
      } else {
        requests.put(partition.name(), new Request(share, spec.where()));
      }
    }
    PartitionShares shares = new PartitionShares(level, kind, id, requests);
    if (!requests.isEmpty()) {
      shares.refuseMissing(without);
      shares.refuseMixed();
      shares.refuseTooMuch();
    }
    return shares;
  }

  private String what() {
    return level + " \"" + kind.name().toLowerCase(Locale.ROOT) + "\" allocation";
  }

  private void refuseMissing(List<Partition> without) {
    if (!without.isEmpty()) {
      throw new RdtConfigException(
          without.getFirst().where(),
          "some partitions ("
              + String.join(", ", without.stream().map(Partition::name).toList())
              + ") are missing the "
              + what()
              + " for cache id "
              + id
              + " that others have; all state it, or none");
    }
  }

  private void refuseMixed() {
    Request first = requests.firstEntry().getValue();
    for (Map.Entry<String, Request> entry : requests.entrySet()) {
      CacheShare share = entry.getValue().share();
      if (share instanceof Range) {
        throw new RdtConfigException(
            entry.getValue().where(),
            "percentage ranges in partition allocation not supported; only a class can have one");
      }
      if (share.getClass() != first.share().getClass()) {
        throw new RdtConfigException(
            entry.getValue().where(),
            what()
                + " for cache id "
                + id
                + ": mixing absolute and relative allocations between partitions not supported;"
                + " all partitions give masks, or all give percentages");
      }
    }
  }

  private void refuseTooMuch() {
    int percent = 0;
    long taken = 0;
    for (Map.Entry<String, Request> entry : requests.entrySet()) {
      Where where = entry.getValue().where();
      switch (entry.getValue().share()) {
        case Percent(int share) -> percent += share;
        case CacheShare.Bits(long mask) -> {
          refuseOverlap(mask & taken, where);
          taken |= mask;
        }
        case Range range -> throw new IllegalStateException("refused before: " + range);
      }
      if (percent > 100) {
        throw new RdtConfigException(
            where,
            "accumulated "
                + what()
                + "s of partitions for cache id "
                + id
                + " exceed 100%: with this one they are "
                + percent
                + "%");
      }
    }
  }

  private void refuseOverlap(long twice, Where where) {
    if (twice != 0) {
      throw new RdtConfigException(
          where,
          "overlapping "
              + what()
              + "s of partitions for cache id "
              + id
              + ": others have "
              + Long.toHexString(twice)
              + " already");
    }
  }

  /**
   * Gives out the bits. Percentages are served from the smallest on, so that those which must be
   * rounded up to the fewest bits of a mask still find them; the last gets what is left. Masks lie
   * from bit 0 upward in the partitions' order.
   *
   * @return the mask by partition
   * @throws RdtConfigException when there are not enough bits
   */
  Map<String, Long> grant(Hardware.Cache cache) {
    Map<String, Long> masks = new LinkedHashMap<>();
    Map<String, Integer> percents = new LinkedHashMap<>();
    requests.forEach((name, request) -> {
      switch (request.share()) {
        case CacheShare.Bits(long mask) -> masks.put(name, mask);
        case Percent(int share) -> percents.put(name, share);
        case Range range -> throw new IllegalStateException("refused before: " + range);
      }
    });
    if (!percents.isEmpty()) {
      Map<String, Integer> counts = counts(percents, cache);
      int lowest = 0;
      for (String name : percents.keySet()) {
        int count = counts.getOrDefault(name, 0);
        masks.put(name, Bits.run(lowest, count));
        lowest += count;
      }
    }
    return masks;
  }

  private Map<String, Integer> counts(Map<String, Integer> percents, Hardware.Cache cache) {
    int percentTotal = percents.values().stream().mapToInt(Integer::intValue).sum();
    int bitsTotal = percentTotal * Bits.width(cache.mask()) / 100;
    List<Map.Entry<String, Integer>> ascending =
        percents.entrySet().stream().sorted(Comparator.comparing(Map.Entry::getValue)).toList();
    Map<String, Integer> counts = new LinkedHashMap<>();
    int available = bitsTotal;
    for (Map.Entry<String, Integer> request : ascending) {
      if (available == 0 || available < cache.minBits()) {
        throw notEnough(request.getKey(), bitsTotal, cache);
      }
      int percentAvailable = available * percentTotal / bitsTotal;
      int count = Math.max(request.getValue() * available / percentAvailable, cache.minBits());
      boolean last = counts.size() == ascending.size() - 1;
      count = last ? available : Math.min(count, available);
      counts.put(request.getKey(), count);
      available -= count;
    }
    return counts;
  }

  private RdtConfigException notEnough(String name, int bitsTotal, Hardware.Cache cache) {
    Request request = Objects.requireNonNull(requests.get(name), name);
    return new RdtConfigException(
        request.where(),
        "unable to resolve the "
            + what()
            + " for cache id "
            + id
            + ": not enough exclusive bits available; the partitions ask for "
            + bitsTotal
            + " of "
            + Bits.width(cache.mask())
            + " bits together, and each needs at least "
            + Math.max(1, cache.minBits()));
  }
}
