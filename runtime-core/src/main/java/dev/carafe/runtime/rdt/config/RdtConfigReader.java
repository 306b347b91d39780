package dev.carafe.runtime.rdt.config;

import dev.carafe.runtime.rdt.config.RdtConfig.ClassOfService;
import dev.carafe.runtime.rdt.config.RdtConfig.Partition;
import dev.carafe.runtime.rdt.config.RdtConfig.PrivateClasses;
import dev.carafe.runtime.rdt.config.RdtConfig.Qos;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads goresctrl's YAML strictly: an unknown field is an error. One section is Carafe's own, with
 * the class of pods without an annotation by quality of service, and the partition in which pods
 * may have classes to themselves:
 *
 * <pre>{@code
 * carafe:
 *   defaultClasses: {guaranteed: gold, burstable: silver, besteffort: bronze}
 *   privateClasses: {partition: own, max: 4}
 * }</pre>
 *
 * <p>One instance reads one file.
 */
public final class RdtConfigReader {
  private static final String PRIVATE = "privateClasses";
  private static final int NAME_LIMIT = 4096;

  private final AllocationReader allocations = new AllocationReader();
  private final SortedMap<String, Where> classes = new TreeMap<>();

  private RdtConfigReader() {}

  /**
   * Reads a configuration.
   *
   * @param text of the file
   * @throws RdtConfigException with the place and the reason
   */
  public static RdtConfig read(String text) {
    return new RdtConfigReader().root(Yaml.parse(text));
  }

  private RdtConfig root(Yaml root) {
    Map<String, Yaml> fields = root.mapping(Set.of("options", "partitions", "carafe"));
    Set<String> optional = options(root.orMissing(fields.get("options")));
    SortedMap<String, Partition> partitions = new TreeMap<>();
    root.orMissing(fields.get("partitions"))
        .mapping()
        .forEach((name, value) -> partitions.put(name, partition(name, value)));
    Map<String, Yaml> carafe =
        root.orMissing(fields.get("carafe")).mapping(Set.of("defaultClasses", PRIVATE));
    Map<Qos, String> defaults = defaults(carafe.get("defaultClasses"));
    PrivateClasses own = privateClasses(carafe.get(PRIVATE), partitions.keySet());
    return new RdtConfig(optional, partitions, defaults, own, allocations.warnings());
  }

  private static Set<String> options(Yaml options) {
    Set<String> optional = new HashSet<>();
    options
        .mapping(Set.of("l2", "l3", "mb"))
        .forEach((resource, value) -> {
          Yaml flag = value.mapping(Set.of("optional")).get("optional");
          if (flag != null && flag.bool()) {
            optional.add(resource.toUpperCase(Locale.ROOT));
          }
        });
    return optional;
  }

  private static @Nullable PrivateClasses privateClasses(
      @Nullable Yaml section, Set<String> partitions) {
    if (section == null || section.isNull()) {
      return null;
    }
    Map<String, Yaml> fields = section.mapping(Set.of("partition", "max"));
    Yaml partition = section.orMissing(fields.get("partition"));
    if (partition.isNull() || !partitions.contains(partition.text())) {
      throw section.refuse(
          "'partition' must name the partition whose share private classes have; there are "
              + partitions);
    }
    Yaml max = section.orMissing(fields.get("max"));
    if (max.isNull() || !max.text().matches("[1-9][0-9]{0,3}")) {
      throw section.refuse("'max' must say how many private classes there can be, from 1 on");
    }
    return new PrivateClasses(section.where(), partition.text(), Integer.parseInt(max.text()));
  }

  private Map<Qos, String> defaults(@Nullable Yaml section) {
    Map<Qos, String> defaults = new EnumMap<>(Qos.class);
    if (section == null) {
      return defaults;
    }
    Set<String> known =
        Stream.of(Qos.values())
            .map(qos -> qos.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet());
    section
        .mapping(known)
        .forEach((name, value) -> {
          String wanted = unaliased(value.text());
          if (!wanted.equals(RdtConfig.ROOT_CLASS) && !classes.containsKey(wanted)) {
            throw value.refuse(
                "class \"" + wanted + "\" does not exist; there are " + classes.keySet());
          }
          defaults.put(Qos.valueOf(name.toUpperCase(Locale.ROOT)), wanted);
        });
    return defaults;
  }

  private Partition partition(String name, Yaml value) {
    Map<String, Yaml> fields =
        value.mapping(Set.of("l2Allocation", "l3Allocation", "mbAllocation", "classes"));
    Map<String, Allocation<CacheSpec>> caches = AllocationReader.caches(fields);
    Allocation<BandwidthSpec> bandwidth = allocations.bandwidth(fields.get("mbAllocation"));
    SortedMap<String, ClassOfService> own = new TreeMap<>();
    value
        .orMissing(fields.get("classes"))
        .mapping()
        .forEach((className, classValue) -> {
          ClassOfService clazz = clazz(className, classValue, name, caches, bandwidth != null);
          own.put(clazz.name(), clazz);
        });
    return new Partition(value.where(), name, caches, bandwidth, own);
  }

  private ClassOfService clazz(
      String written,
      Yaml value,
      String partition,
      Map<String, Allocation<CacheSpec>> shares,
      boolean hasBandwidth) {
    String name = unaliased(written);
    claim(name, value);
    Map<String, Yaml> fields =
        value.mapping(Set.of("l2Allocation", "l3Allocation", "mbAllocation", "kubernetes"));
    Map<String, Allocation<CacheSpec>> caches = AllocationReader.caches(fields);
    caches.forEach((level, asked) -> {
      if (!shares.containsKey(level)) {
        throw AllocationReader.missingFromPartition(asked.where(), level, partition, name);
      }
    });
    Allocation<BandwidthSpec> bandwidth = allocations.bandwidth(fields.get("mbAllocation"));
    if (bandwidth != null && !hasBandwidth) {
      throw AllocationReader.missingFromPartition(bandwidth.where(), "MB", partition, name);
    }
    Map<String, Yaml> kubernetes =
        value
            .orMissing(fields.get("kubernetes"))
            .mapping(Set.of("denyPodAnnotation", "denyContainerAnnotation"));
    return new ClassOfService(
        value.where(),
        name,
        caches,
        bandwidth,
        flag(kubernetes.get("denyPodAnnotation")),
        flag(kubernetes.get("denyContainerAnnotation")));
  }

  private void claim(String name, Yaml value) {
    boolean dots = name.equals(".") || name.equals("..");
    boolean root = name.equals(RdtConfig.ROOT_CLASS);
    if (!root
        && (dots || name.length() >= NAME_LIMIT || name.contains("/") || name.contains("\n"))) {
      throw value.refuse(
          "unqualified class name \""
              + name
              + "\": it must not be '.' or '..', nor contain '/' or a newline, nor be longer than "
              + (NAME_LIMIT - 1));
    }
    Where first = classes.putIfAbsent(name, value.where());
    if (first != null) {
      throw value.refuse(
          "class names must be unique, \""
              + name
              + "\" is defined multiple times, first as "
              + first.path()
              + " in line "
              + first.line());
    }
  }

  private static String unaliased(String name) {
    return name.isEmpty() ? RdtConfig.ROOT_CLASS : name;
  }

  private static boolean flag(@Nullable Yaml value) {
    return value != null && value.bool();
  }
}
