package dev.carafe.agent.check;

import dev.carafe.runtime.cgroup.CgroupException;
import dev.carafe.runtime.cgroup.CgroupLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The cgroup hierarchies and their controllers. */
final class CgroupChecks {
  /** What the kubelet and every limit of a container lean on. */
  private static final Set<String> NEEDED = Set.of("cpu", "cpuset", "memory", "pids");

  private CgroupChecks() {}

  /**
   * Two findings: the layout, and the controllers.
   *
   * @param cgroupRoot {@code runtime.cgroup_root}
   */
  static List<Finding> all(Host host, Path cgroupRoot) {
    CgroupLayout layout;
    try {
      layout = CgroupLayout.parse(cgroupRoot, host.lines("/proc/self/mountinfo"));
    } catch (CgroupException none) {
      return List.of(
          Finding.fail(
              "cgroups",
              String.valueOf(none.getMessage()),
              "mount -t cgroup2 cgroup2 " + cgroupRoot));
    }
    return List.of(layout(layout), controllers(host, layout));
  }

  /** Where cgroup2 is mounted; {@code cgroupRoot} when it is nowhere. */
  static Path unified(Host host, Path cgroupRoot) {
    try {
      return switch (CgroupLayout.parse(cgroupRoot, host.lines("/proc/self/mountinfo"))) {
        case CgroupLayout.Unified(Path root) -> root;
        case CgroupLayout.Hybrid(CgroupLayout.Legacy _, Path root) -> root;
        case CgroupLayout.Legacy _ -> cgroupRoot;
      };
    } catch (CgroupException none) {
      return cgroupRoot;
    }
  }

  private static Finding layout(CgroupLayout layout) {
    return switch (layout) {
      case CgroupLayout.Unified unified -> Finding.ok("cgroups", "version 2 at " + unified.root());
      case CgroupLayout.Hybrid hybrid ->
          Finding.note(
              "cgroups",
              "version 1, with 2 beside it at " + hybrid.unified(),
              "works; Kubernetes wants version 2 alone: boot with"
                  + " systemd.unified_cgroup_hierarchy=1");
      case CgroupLayout.Legacy _ ->
          Finding.note(
              "cgroups",
              "version 1",
              "works; Kubernetes wants version 2: boot with systemd.unified_cgroup_hierarchy=1");
    };
  }

  private static Finding controllers(Host host, CgroupLayout layout) {
    Set<String> present =
        switch (layout) {
          case CgroupLayout.Unified(Path root) -> controllersOf(host, root);
          case CgroupLayout.Legacy legacy -> new HashSet<>(legacy.controllers().keySet());
          case CgroupLayout.Hybrid(CgroupLayout.Legacy legacy, Path root) -> {
            Set<String> both = controllersOf(host, root);
            both.addAll(legacy.controllers().keySet());
            yield both;
          }
        };
    Set<String> missing = new TreeSet<>(NEEDED);
    missing.removeAll(present);
    return missing.isEmpty()
        ? Finding.ok("cgroup controllers", String.join(", ", new TreeSet<>(NEEDED)))
        : Finding.fail(
            "cgroup controllers",
            "missing " + String.join(", ", missing),
            "their limits cannot be set: look for cgroup_disable= on the kernel's command line");
  }

  private static Set<String> controllersOf(Host host, Path root) {
    return new HashSet<>(
        Arrays.asList(host.line(root.resolve("cgroup.controllers").toString()).split(" ", -1)));
  }
}
