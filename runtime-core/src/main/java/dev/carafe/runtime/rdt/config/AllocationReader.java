package dev.carafe.runtime.rdt.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the allocations of partitions and classes: cache ways and memory bandwidth, by cache id.
 */
final class AllocationReader {
  private static final String ALL = "all";

  private final List<String> warnings = new ArrayList<>();

  /** What was passed over so far, a sentence each. */
  List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** Those of a partition or class, by level (L2, L3); one that is not given is absent. */
  static Map<String, Allocation<CacheSpec>> caches(Map<String, Yaml> fields) {
    Map<String, Allocation<CacheSpec>> caches = new HashMap<>();
    for (String level : List.of("L2", "L3")) {
      Yaml value = fields.get(level.toLowerCase(Locale.ROOT) + "Allocation");
      if (value != null) {
        caches.put(level, cacheAllocation(value));
      }
    }
    return caches;
  }

  /** A field that stands there with nothing behind it is an allocation of 100 %. */
  static Allocation<CacheSpec> cacheAllocation(Yaml value) {
    CacheSpec whole = new CacheSpec(value.where(), new CacheShare.Percent(100), null, null);
    if (!value.isNull() && value.isScalar()) {
      return new Allocation<>(value.where(), cacheSpec(value), Map.of());
    }
    Map<Integer, CacheSpec> domains = new TreeMap<>();
    CacheSpec all = whole;
    for (Map.Entry<String, Yaml> entry : value.mapping().entrySet()) {
      CacheSpec spec = cacheSpec(entry.getValue());
      if (entry.getKey().equals(ALL)) {
        all = spec;
      } else {
        putOnce(domains, entry.getKey(), spec, entry.getValue());
      }
    }
    return new Allocation<>(value.where(), all, domains);
  }

  private static <S> void putOnce(Map<Integer, S> domains, String key, S spec, Yaml value) {
    for (int id : Values.cacheIds(key, value.where())) {
      if (domains.put(id, spec) != null) {
        throw value.refuse("cache id " + id + " is given twice");
      }
    }
  }

  private static CacheSpec cacheSpec(Yaml value) {
    if (value.isScalar() && !value.isNull()) {
      CacheShare share = share(value);
      if (share != null) {
        return new CacheSpec(value.where(), share, null, null);
      }
    }
    Map<String, Yaml> fields =
        value.isScalar() ? Map.of() : value.mapping(Set.of("unified", "code", "data"));
    CacheShare unified = share(fields.get("unified"));
    CacheShare code = share(fields.get("code"));
    CacheShare data = share(fields.get("data"));
    if (unified == null) {
      throw value.refuse("'unified' not specified; it is needed, also beside 'code' and 'data'");
    }
    if (code != null && data == null) {
      throw value.refuse("'code' specified but missing 'data'");
    }
    if (code == null && data != null) {
      throw value.refuse("'data' specified but missing 'code'");
    }
    return new CacheSpec(value.where(), unified, code, data);
  }

  private static @Nullable CacheShare share(@Nullable Yaml value) {
    if (value == null || value.isNull() || (value.isScalar() && value.text().isEmpty())) {
      return null;
    }
    if (value.isNumber()) {
      throw value.refuse(
          value.text()
              + " is a number and not text in YAML; quote it, \""
              + value.text()
              + "\", if it is a mask or bit number, or write a percentage");
    }
    return Values.cacheShare(value.text(), value.where());
  }

  /** That of the memory bandwidth; null when it is not given. */
  @Nullable Allocation<BandwidthSpec> bandwidth(@Nullable Yaml value) {
    if (value == null) {
      return null;
    }
    if (value.isSequence()) {
      return new Allocation<>(value.where(), bandwidthSpec(value), Map.of());
    }
    BandwidthSpec all = new BandwidthSpec(value.where(), 100L, BandwidthSpec.UNLIMITED_MEGABYTES);
    Map<Integer, BandwidthSpec> domains = new TreeMap<>();
    for (Map.Entry<String, Yaml> entry : value.mapping().entrySet()) {
      BandwidthSpec spec = bandwidthSpec(entry.getValue());
      if (entry.getKey().equals(ALL)) {
        all = spec;
      } else {
        putOnce(domains, entry.getKey(), spec, entry.getValue());
      }
    }
    return new Allocation<>(value.where(), all, domains);
  }

  /** The first value of each unit counts. */
  private BandwidthSpec bandwidthSpec(Yaml value) {
    Long percent = null;
    Long megabytes = null;
    for (Yaml element : value.sequence()) {
      String text = element.text();
      Long asPercent = Values.percent(text, element.where());
      Long asMegabytes = Values.megabytes(text, element.where());
      if (asPercent == null && asMegabytes == null) {
        warnings.add(
            element.where().path()
                + ": ignored \""
                + text
                + "\", its unit is neither % nor MBps (line "
                + element.where().line()
                + ")");
      }
      percent = percent == null ? asPercent : percent;
      megabytes = megabytes == null ? asMegabytes : megabytes;
    }
    if (percent == null && megabytes == null) {
      throw value.refuse("expected a value in % or MBps, such as [50%, 1000MBps]");
    }
    return new BandwidthSpec(value.where(), percent, megabytes);
  }

  /** A class may only divide what its partition has. */
  static RdtConfigException missingFromPartition(
      Where where, String resource, String partition, String name) {
    return new RdtConfigException(
        where,
        resource
            + " allocation missing from partition \""
            + partition
            + "\" but class \""
            + name
            + "\" has one; give the partition a share, or leave it out of the class");
  }
}
