package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.dbus.Variant;
import dev.carafe.runtime.dbus.VariantText;
import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.LinuxResources.Cpu;
import dev.carafe.runtime.spec.LinuxResources.Memory;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * OCI resources as properties of a unit (systemd.resource-control(5)), so that systemd writes back
 * the same values whenever it writes at all. What it has no property for is written to the cgroup's
 * files alone. Device rules are: a program of our own enforces them, which systemd leaves in place.
 */
final class SystemdProperties {
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final long DEFAULT_PERIOD = 100_000;

  /** systemd keeps quotas in steps of 10 ms a second. */
  private static final long QUOTA_STEP = 10_000;

  private static final long INFINITY = -1L;

  /** First versions of systemd that know a property (its NEWS). */
  private static final int QUOTA_PERIOD_SINCE = 242;

  private static final int CPUSET_SINCE = 244;
  private static final int IDLE_WEIGHT_SINCE = 252;
  private static final int OOM_POLICY_SINCE = 253;

  private static final String ANNOTATION = "org.systemd.property.";

  /** Files of cgroup v2 that are one number or {@code max}, and the property that is the same. */
  private static final Map<String, String> OF_FILES =
      Map.of(
          "cpu.weight", "CPUWeight",
          "memory.high", "MemoryHigh",
          "memory.low", "MemoryLow",
          "memory.min", "MemoryMin",
          "memory.max", "MemoryMax",
          "memory.swap.max", "MemorySwapMax",
          "pids.max", "TasksMax");

  private final Map<String, Variant> properties = new LinkedHashMap<>();
  private final int version;

  private SystemdProperties(int version) {
    this.version = version;
  }

  /**
   * The properties of limits.
   *
   * @param version systemd's
   */
  static Map<String, Variant> of(LinuxResources resources, int version) {
    SystemdProperties all = new SystemdProperties(version);
    if (resources.cpu() != null) {
      all.cpu(resources.cpu());
    }
    if (resources.memory() != null) {
      all.memory(resources.memory());
    }
    if (resources.pids() != null && resources.pids().limit() != null) {
      long limit = resources.pids().limit();
      // Zero tasks is no limit that systemd could keep.
      all.number("TasksMax", limit < 0 ? INFINITY : Math.max(1, limit));
    }
    resources.unified().forEach(all::unified);
    return all.properties;
  }

  /** What the manager does when the kernel kills in a new scope: as memory.oom.group has it. */
  static Optional<Variant> oomPolicy(LinuxResources resources, int version) {
    String group = resources.unified().get("memory.oom.group");
    return group == null || version < OOM_POLICY_SINCE
        ? Optional.empty()
        : Optional.of(new Variant("s", group.equals("1") ? "kill" : "continue"));
  }

  /**
   * Properties that annotations give. A name that ends in Sec is one of systemd's own in seconds,
   * which D-Bus has in µs as USec.
   *
   * @throws CgroupException for a name or a value that is none
   */
  static Map<String, Variant> annotated(Map<String, String> annotations) {
    Map<String, Variant> properties = new LinkedHashMap<>();
    annotations.forEach((key, text) -> {
      if (key.startsWith(ANNOTATION)) {
        String name = key.substring(ANNOTATION.length());
        if (!name.matches("[A-Za-z]{3,}")) {
          throw CgroupException.invalid(
              "annotation " + key + ": '" + name + "' is no name of a systemd property");
        }
        put(properties, key, name, text);
      }
    });
    return properties;
  }

  private static void put(Map<String, Variant> properties, String key, String name, String text) {
    try {
      Variant value = VariantText.parse(text);
      if (name.endsWith("Sec") && !name.endsWith("USec")) {
        String stem = name.substring(0, name.length() - "Sec".length());
        properties.put(stem + "USec", micros(key, value));
      } else {
        properties.put(name, value);
      }
    } catch (IllegalArgumentException e) {
      throw CgroupException.invalid("annotation " + key + ": " + e.getMessage());
    }
  }

  private static Variant micros(String key, Variant seconds) {
    if (!(seconds.value() instanceof Number number)) {
      throw CgroupException.invalid("annotation " + key + ": expected a number of seconds");
    }
    double exact = number.doubleValue() * MICROS_PER_SECOND;
    return new Variant("t", exact < 0 ? INFINITY : Math.round(exact));
  }

  /** What has no property, or is no number, the files alone have. */
  private void unified(String file, String value) {
    String text = value.strip();
    String name = OF_FILES.get(file);
    if (name != null && (text.equals("max") || text.matches("[0-9]{1,18}"))) {
      number(name, text.equals("max") ? INFINITY : Long.parseLong(text));
    } else if (file.equals("cpuset.cpus") && version >= CPUSET_SINCE) {
      cpuset("AllowedCPUs", text);
    } else if (file.equals("cpuset.mems") && version >= CPUSET_SINCE) {
      cpuset("AllowedMemoryNodes", text);
    } else if (file.equals("cpu.max") && text.matches("(max|[0-9]{1,12})( [0-9]{1,12})?")) {
      String[] parts = text.split(" ", -1);
      long period = parts.length == 2 ? Long.parseLong(parts[1]) : DEFAULT_PERIOD;
      quota(parts[0].equals("max") ? INFINITY : Long.parseLong(parts[0]), period);
    }
  }

  private void memory(Memory memory) {
    if (memory.limit() != null) {
      number("MemoryMax", memory.limit() < 0 ? INFINITY : memory.limit());
    }
    if (memory.reservation() != null) {
      number("MemoryLow", memory.reservation() < 0 ? INFINITY : memory.reservation());
    }
    if (memory.swap() != null) {
      String swap = Conversions.swapMax(memory.limit(), memory.swap());
      number("MemorySwapMax", swap.equals("max") ? INFINITY : Long.parseLong(swap));
    }
  }

  private void cpu(Cpu cpu) {
    boolean idle = cpu.idle() != null && cpu.idle() == 1;
    if (idle && version >= IDLE_WEIGHT_SINCE) {
      number("CPUWeight", 0);
    } else if (cpu.shares() != null && cpu.shares() != 0) {
      number("CPUWeight", Conversions.weightOfShares(cpu.shares()));
    }
    if (cpu.quota() != null && cpu.quota() != 0) {
      Long period = cpu.period();
      quota(cpu.quota(), period == null || period == 0 ? DEFAULT_PERIOD : period);
    }
    if (version >= CPUSET_SINCE) {
      cpuset("AllowedCPUs", cpu.cpus());
      cpuset("AllowedMemoryNodes", cpu.mems());
    }
  }

  private void quota(long quota, long period) {
    if (version >= QUOTA_PERIOD_SINCE) {
      number("CPUQuotaPeriodUSec", period);
    }
    number("CPUQuotaPerSecUSec", quota < 0 ? INFINITY : perSecond(quota, period));
  }

  /** Rounded up: what is not a whole step would be cut. */
  private static long perSecond(long quota, long period) {
    long exact = quota * MICROS_PER_SECOND / period;
    return (exact + QUOTA_STEP - 1) / QUOTA_STEP * QUOTA_STEP;
  }

  private void cpuset(String name, @Nullable String list) {
    if (list != null && !list.isEmpty()) {
      properties.put(name, new Variant("ay", mask(list)));
    }
  }

  /** A list such as 0-2,5 as a bit mask, lowest byte first. */
  static byte[] mask(String list) {
    BitSet bits = new BitSet();
    for (String part : list.split(",", -1)) {
      List<String> ends = List.of(part.strip().split("-", 2));
      int first = number(list, ends.getFirst());
      int last = number(list, ends.getLast());
      if (last < first) {
        throw noList(list);
      }
      bits.set(first, last + 1);
    }
    return bits.toByteArray();
  }

  private static int number(String list, String text) {
    if (!text.matches("[0-9]{1,6}")) {
      throw noList(list);
    }
    return Integer.parseInt(text);
  }

  private static CgroupException noList(String list) {
    return CgroupException.invalid("'" + list + "' is no list such as 0-2,5");
  }

  private void number(String name, long value) {
    properties.put(name, new Variant("t", value));
  }
}
