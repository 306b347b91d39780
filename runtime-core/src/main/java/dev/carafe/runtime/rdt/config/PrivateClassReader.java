package dev.carafe.runtime.rdt.config;

import dev.carafe.runtime.rdt.config.RdtConfig.ClassOfService;
import dev.carafe.runtime.rdt.config.RdtConfig.Partition;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads what pods ask for in annotations of their own values. */
public final class PrivateClassReader {
  private PrivateClassReader() {}

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
  public static ClassOfService read(
      RdtConfig config, String name, @Nullable Asked l3, @Nullable Asked mb) {
    String partition = Objects.requireNonNull(config.privateClasses(), "no private").partition();
    Partition share = Objects.requireNonNull(config.partitions().get(partition), partition);
    Map<String, Allocation<CacheSpec>> caches = new HashMap<>();
    if (l3 != null) {
      caches.put("L3", AllocationReader.cacheAllocation(l3.yaml("'", "'")));
      if (!share.caches().containsKey("L3")) {
        throw AllocationReader.missingFromPartition(new Where(l3.key(), 0), "L3", partition, name);
      }
    }
    Allocation<BandwidthSpec> bandwidth =
        mb == null ? null : new AllocationReader().bandwidth(mb.yaml("[", "]"));
    if (mb != null && share.bandwidth() == null) {
      throw AllocationReader.missingFromPartition(new Where(mb.key(), 0), "MB", partition, name);
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
}
