package dev.carafe.runtime.rdt.config;

import dev.carafe.runtime.rdt.config.RdtConfig.ClassOfService;
import dev.carafe.runtime.rdt.config.RdtConfig.Partition;
import dev.carafe.runtime.rdt.config.RdtConfig.PrivateClasses;
import dev.carafe.runtime.rdt.config.RdtConfig.Qos;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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
  private static final String ALL = "all";
  private static final String PRIVATE = "privateClasses";
  private static final int NAME_LIMIT = 4096;

  private final List<String> warnings = new ArrayList<>();
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
    return new RdtConfig(optional, partitions, defaults, own, warnings);
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

  /**
   * A class that a pod asks for by values of its own, in the syntax of a class in the file: {@code
   * 50%}, {@code 0xf}, <code>{all: 50%, 1: 0-3}</code>; {@code 50%} or {@code 50%,1000MBps}.
   *
   * @param config allows private classes
   * @param name of the class
   * @param l3 of the L3, or null for the partition's whole share
   * @param mb of the memory bandwidth, or null likewise
   * @throws RdtConfigException for a value that is none
   */
  public static ClassOfService privateClass(
      RdtConfig config, String name, @Nullable Asked l3, @Nullable Asked mb) {
    String partition = Objects.requireNonNull(config.privateClasses(), "no private").partition();
    Partition share = Objects.requireNonNull(config.partitions().get(partition), partition);
    RdtConfigReader reader = new RdtConfigReader();
    Map<String, Allocation<CacheSpec>> caches = new HashMap<>();
    if (l3 != null) {
      caches.put("L3", cacheAllocation(l3.yaml("'", "'")));
      if (!share.caches().containsKey("L3")) {
        throw missingFromPartition(new Where(l3.key(), 0), "L3", partition, name);
      }
    }
    Allocation<BandwidthSpec> bandwidth = mb == null ? null : reader.bandwidth(mb.yaml("[", "]"));
    if (mb != null && share.bandwidth() == null) {
      throw missingFromPartition(new Where(mb.key(), 0), "MB", partition, name);
    }
    return new ClassOfService(new Where(name, 0), name, caches, bandwidth, false, false);
  }

  /**
   * A value of an annotation.
   *
   * @param key the annotation
   * @param text its value
   */
  public record Asked(String key, String text) {
    public Asked {
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(text, "text");
    }

    /** As it would stand in the file, where what is not a map is put between these. */
    private Yaml yaml(String before, String after) {
      boolean whole = text.startsWith("{") || text.startsWith("[");
      if (text.isBlank() || (!whole && text.indexOf('\'') >= 0)) {
        throw new RdtConfigException(new Where(key, 0), "\"" + text + "\" is no allocation");
      }
      Yaml parsed = Yaml.parse(whole ? text : before + text + after);
      return new Yaml(parsed.node(), new Where(key, 0));
    }
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
    Map<String, Allocation<CacheSpec>> caches = caches(fields);
    Allocation<BandwidthSpec> bandwidth = bandwidth(fields.get("mbAllocation"));
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
    Map<String, Allocation<CacheSpec>> caches = caches(fields);
    caches.forEach((level, asked) -> {
      if (!shares.containsKey(level)) {
        throw missingFromPartition(asked.where(), level, partition, name);
      }
    });
    Allocation<BandwidthSpec> bandwidth = bandwidth(fields.get("mbAllocation"));
    if (bandwidth != null && !hasBandwidth) {
      throw missingFromPartition(bandwidth.where(), "MB", partition, name);
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

  private static RdtConfigException missingFromPartition(
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

  private static Map<String, Allocation<CacheSpec>> caches(Map<String, Yaml> fields) {
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
  private static Allocation<CacheSpec> cacheAllocation(Yaml value) {
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

  private @Nullable Allocation<BandwidthSpec> bandwidth(@Nullable Yaml value) {
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
}
