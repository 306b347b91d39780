package dev.carafe.runtime.rdt.config;

/** A share of a cache: of the whole for a partition, of the partition's for a class. */
public sealed interface CacheShare {
  /**
   * A percentage.
   *
   * @param percent 0 to 100
   */
  record Percent(int percent) implements CacheShare {}

  /**
   * From one percentage to another; for classes only.
   *
   * @param low 0 to {@code high}
   * @param high at most 100
   */
  record Range(int low, int high) implements CacheShare {}

  /**
   * Bits. Those of a class count from the partition's lowest.
   *
   * @param mask one run of ones
   */
  record Bits(long mask) implements CacheShare {}
}
