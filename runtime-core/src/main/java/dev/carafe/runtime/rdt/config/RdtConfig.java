package dev.carafe.runtime.rdt.config;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A configuration file. Immutable.
 *
 * @param optional resources (L2, L3, MB) whose absence is no error
 * @param partitions by name
 * @param defaults classes of pods without an annotation, by quality of service
 * @param privateClasses what pods may ask for beside the classes; null when nothing
 * @param warnings sentences about what was ignored
 */
public record RdtConfig(
    Set<String> optional,
    SortedMap<String, Partition> partitions,
    Map<Qos, String> defaults,
    @Nullable PrivateClasses privateClasses,
    List<String> warnings) {
  /** The root class's name in configurations and annotations. */
  public static final String ROOT_CLASS = "system/default";

  public RdtConfig {
    optional = Set.copyOf(optional);
    partitions = Collections.unmodifiableSortedMap(new TreeMap<>(partitions));
    defaults = Map.copyOf(defaults);
    warnings = List.copyOf(warnings);
  }

  /** A configuration that says nothing. */
  public static final RdtConfig NOTHING =
      new RdtConfig(Set.of(), new TreeMap<>(), Map.of(), null, List.of());

  /**
   * Classes that pods make for themselves by annotations with schemata.
   *
   * @param where it is said
   * @param partition whose share they have; what they ask for is a part of it
   * @param max how many there can be at once, at least 1
   */
  public record PrivateClasses(Where where, String partition, int max) {
    public PrivateClasses {
      Objects.requireNonNull(where, "where");
      Objects.requireNonNull(partition, "partition");
    }
  }

  /** Kubernetes' quality of service classes. */
  public enum Qos {
    GUARANTEED,
    BURSTABLE,
    BESTEFFORT
  }

  /**
   * Partitions share a cache exclusively.
   *
   * @param where it is said
   * @param name in the file
   * @param caches by level, L2 and L3; absent when nothing is said
   * @param bandwidth or null when nothing is said
   * @param classes by name
   */
  public record Partition(
      Where where,
      String name,
      Map<String, Allocation<CacheSpec>> caches,
      @Nullable Allocation<BandwidthSpec> bandwidth,
      SortedMap<String, ClassOfService> classes) {
    public Partition {
      Objects.requireNonNull(where, "where");
      Objects.requireNonNull(name, "name");
      caches = Map.copyOf(caches);
      classes = Collections.unmodifiableSortedMap(new TreeMap<>(classes));
    }
  }

  /**
   * Classes of a partition may overlap.
   *
   * @param where it is said
   * @param name {@link #ROOT_CLASS} for the root class
   * @param caches by level, L2 and L3; absent for all that the partition has
   * @param bandwidth or null for all that the partition has
   * @param denyPodAnnotation whether a pod's annotations can't ask for it
   * @param denyContainerAnnotation whether a container's annotation can't ask for it
   */
  public record ClassOfService(
      Where where,
      String name,
      Map<String, Allocation<CacheSpec>> caches,
      @Nullable Allocation<BandwidthSpec> bandwidth,
      boolean denyPodAnnotation,
      boolean denyContainerAnnotation) {
    public ClassOfService {
      Objects.requireNonNull(where, "where");
      Objects.requireNonNull(name, "name");
      caches = Map.copyOf(caches);
    }
  }

  /** All classes that the file names, by name. */
  public SortedMap<String, ClassOfService> classes() {
    SortedMap<String, ClassOfService> all = new TreeMap<>();
    partitions.values().forEach(partition -> all.putAll(partition.classes()));
    return all;
  }

  /** The cache ids that the file names for a level. */
  public Set<Integer> domains(String level) {
    Set<Integer> ids = new TreeSet<>();
    for (Partition partition : partitions.values()) {
      Allocation<CacheSpec> own = partition.caches().get(level);
      if (own != null) {
        ids.addAll(own.domains().keySet());
      }
      for (ClassOfService clazz : partition.classes().values()) {
        Allocation<CacheSpec> asked = clazz.caches().get(level);
        if (asked != null) {
          ids.addAll(asked.domains().keySet());
        }
      }
    }
    return ids;
  }
}
