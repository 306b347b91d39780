package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Rlimit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Resource limits of a process. Every limit is always stated, so that nothing of the agent's own is
 * inherited (a JVM raises its soft limit of open files to the hard one).
 *
 * <p>Where a configuration is silent: what a node's containers have under containerd's systemd
 * service (processes and core files unlimited, 1024 open files that a process may raise), with
 * systemd's and the kernel's own defaults for the rest. The hard limit of open files is 1048576,
 * the kernel's default for fs.nr_open, which an unprivileged sysctl never goes below.
 */
final class DefaultLimits {
  private static final long MIB = 1L << 20;

  private static final Map<Rlimit.Type, Rlimit> DEFAULTS = defaults();

  private DefaultLimits() {}

  private static Map<Rlimit.Type, Rlimit> defaults() {
    Map<Rlimit.Type, Rlimit> limits = new EnumMap<>(Rlimit.Type.class);
    for (Rlimit.Type type : Rlimit.Type.values()) {
      limits.put(type, new Rlimit(type, Rlimit.UNLIMITED, Rlimit.UNLIMITED));
    }
    put(limits, Rlimit.Type.RLIMIT_STACK, Rlimit.UNLIMITED, 8 * MIB);
    put(limits, Rlimit.Type.RLIMIT_NOFILE, 1 << 20, 1024);
    put(limits, Rlimit.Type.RLIMIT_MEMLOCK, 8 * MIB, 8 * MIB);
    put(limits, Rlimit.Type.RLIMIT_SIGPENDING, 65_536, 65_536);
    put(limits, Rlimit.Type.RLIMIT_MSGQUEUE, 819_200, 819_200);
    put(limits, Rlimit.Type.RLIMIT_NICE, 0, 0);
    put(limits, Rlimit.Type.RLIMIT_RTPRIO, 0, 0);
    return limits;
  }

  private static void put(Map<Rlimit.Type, Rlimit> limits, Rlimit.Type type, long hard, long soft) {
    limits.put(type, new Rlimit(type, hard, soft));
  }

  /** The limits given, completed by the defaults, in the kernel's order. */
  static List<Rlimit> complete(List<Rlimit> given) {
    Map<Rlimit.Type, Rlimit> limits = new EnumMap<>(DEFAULTS);
    for (Rlimit limit : given) {
      limits.put(limit.type(), limit);
    }
    return List.copyOf(limits.values());
  }

  /**
   * Limits under which a launcher can still work and from which the given ones can be reached
   * without privilege: raising a hard limit needs CAP_SYS_RESOURCE in the first user namespace, so
   * it happens before a launcher leaves that.
   */
  static List<Rlimit> ceilings(List<Rlimit> limits) {
    List<Rlimit> ceilings = new ArrayList<>();
    for (Rlimit limit : limits) {
      long ceiling =
          limit.type() == Rlimit.Type.RLIMIT_NOFILE
              ? Math.max(limit.hard() == Rlimit.UNLIMITED ? 1 << 20 : limit.hard(), 1024)
              : Rlimit.UNLIMITED;
      ceilings.add(new Rlimit(limit.type(), ceiling, ceiling));
    }
    return ceilings;
  }
}
