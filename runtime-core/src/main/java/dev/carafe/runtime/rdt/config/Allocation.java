package dev.carafe.runtime.rdt.config;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What a partition or class asks of one resource, by domain.
 *
 * @param where it is said
 * @param all of every domain that {@code domains} doesn't name
 * @param domains by cache id
 * @param <S> {@link CacheSpec} or {@link BandwidthSpec}
 */
public record Allocation<S>(Where where, S all, Map<Integer, S> domains) {
  public Allocation {
    Objects.requireNonNull(where, "where");
    Objects.requireNonNull(all, "all");
    domains = Collections.unmodifiableMap(new TreeMap<>(domains));
  }

  /** What is asked of one domain. */
  public S of(int id) {
    return domains.getOrDefault(id, all);
  }
}
