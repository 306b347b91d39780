package dev.carafe.runtime.plan;

import dev.carafe.runtime.cgroup.CgroupLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * A cgroup v1 hierarchy as a container shall see it under its /sys/fs/cgroup.
 *
 * @param name its directory: "memory", "cpu,cpuacct", "systemd"
 * @param options its mount options: controllers, or "none" and "name=systemd"
 * @param directory the container's cgroup directory in it, on the host: what is shown when the
 *     container has no cgroup namespace
 */
public record CgroupHierarchy(String name, List<String> options, String directory) {
  public CgroupHierarchy {
    Objects.requireNonNull(name, "name");
    options = List.copyOf(options);
    Objects.requireNonNull(directory, "directory");
  }

  /**
   * The v1 hierarchies of a machine; none on pure cgroup v2.
   *
   * @param cgroup the container's cgroup, absolute below the mounts
   */
  public static List<CgroupHierarchy> all(CgroupLayout layout, String cgroup) {
    return all(layout, controller -> cgroup);
  }

  /**
   * The same for a container that has no cgroup of its own.
   *
   * @param caller lines of its caller's /proc/PID/cgroup (cgroups(7)), where it stays
   */
  public static List<CgroupHierarchy> inherited(CgroupLayout layout, List<String> caller) {
    Map<String, String> paths = new HashMap<>();
    for (String line : caller) {
      String[] fields = line.split(":", 3);
      for (String controller : fields[1].split(",", -1)) {
        paths.put(controller, fields[2]);
      }
    }
    return all(layout, controller -> paths.getOrDefault(controller, "/"));
  }

  private static List<CgroupHierarchy> all(CgroupLayout layout, Function<String, String> cgroupOf) {
    Map<Path, List<String>> byMount = new LinkedHashMap<>();
    layout
        .mounts()
        .forEach(
            (name, mount) -> byMount.computeIfAbsent(mount, key -> new ArrayList<>()).add(name));
    return byMount.entrySet().stream()
        .map(e -> of(e.getKey(), e.getValue(), cgroupOf.apply(e.getValue().getFirst())))
        .toList();
  }

  private static CgroupHierarchy of(Path mount, List<String> controllers, String cgroup) {
    List<String> options = new ArrayList<>(controllers);
    if (controllers.getFirst().startsWith("name=")) {
      options.addFirst("none");
    }
    return new CgroupHierarchy(
        Objects.requireNonNull(mount.getFileName(), "a mount has a name").toString(),
        options,
        mount.resolve(cgroup.substring(1)).toString());
  }
}
