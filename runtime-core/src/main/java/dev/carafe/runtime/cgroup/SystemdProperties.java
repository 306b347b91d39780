package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.dbus.Variant;
import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.LinuxResources.Cpu;
import dev.carafe.runtime.spec.LinuxResources.Memory;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    return all.properties;
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
    quota(cpu);
    if (version >= CPUSET_SINCE) {
      cpuset("AllowedCPUs", cpu.cpus());
      cpuset("AllowedMemoryNodes", cpu.mems());
    }
  }

  private void quota(Cpu cpu) {
    if (cpu.quota() == null || cpu.quota() == 0) {
      return;
    }
    long period = cpu.period() == null || cpu.period() == 0 ? DEFAULT_PERIOD : cpu.period();
    if (version >= QUOTA_PERIOD_SINCE) {
      number("CPUQuotaPeriodUSec", period);
    }
    number("CPUQuotaPerSecUSec", cpu.quota() < 0 ? INFINITY : perSecond(cpu.quota(), period));
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
