package dev.carafe.runtime.cli;

import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.plan.Placement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where an executed process goes below its container's cgroup: {@code --cgroup
 * [controller[,controller]:]path}.
 *
 * @param paths path by controller; that of "" is for all that are not named
 */
record SubCgroups(Map<String, String> paths) {
  private static final String ALL = "";

  SubCgroups {
    paths = Map.copyOf(paths);
  }

  static SubCgroups parse(List<String> values) throws Failure {
    Map<String, String> paths = new HashMap<>();
    for (String value : values) {
      int colon = value.indexOf(':');
      String path = value.substring(colon + 1);
      Path normal = Path.of("/", path).normalize();
      if (Arrays.asList(path.split("/", -1)).contains("..")) {
        throw new Failure("bad sub cgroup path: " + path);
      }
      String[] controllers =
          colon < 0 ? new String[] {ALL} : value.substring(0, colon).split(",", -1);
      for (String controller : controllers) {
        paths.put(controller, normal.toString().substring(1));
      }
    }
    return new SubCgroups(paths);
  }

  /**
   * The files to join by.
   *
   * @param cgroup the container's path below the mounts
   * @param initUnified where init is now on cgroup2, below its mount: a cgroup that has its
   *     controllers handed on takes no process itself
   * @param rdtTasks files of resctrl to join by
   * @throws Failure when a controller is not there
   */
  Placement placement(CgroupLayout layout, String cgroup, String initUnified, List<Path> rdtTasks)
      throws Failure {
    Map<String, Path> mounts = layout.mounts();
    for (String controller : paths.keySet()) {
      if (!controller.isEmpty() && !mounts.containsKey(controller)) {
        throw new Failure("unknown controller " + controller + " in SubCgroupPaths");
      }
    }
    String below = cgroup.substring(1);
    Map<Path, String> byMount = new LinkedHashMap<>();
    mounts.forEach((name, mount) -> {
      String sub = paths.getOrDefault(name, "");
      if (sub.isEmpty()) {
        byMount.putIfAbsent(mount, paths.getOrDefault(ALL, ""));
      } else {
        byMount.put(mount, sub);
      }
    });
    List<String> files = new ArrayList<>();
    byMount.forEach(
        (mount, sub) -> files.add(mount.resolve(below).resolve(sub).resolve("tasks").toString()));
    return new Placement(
        unified(layout, below, initUnified), files, rdtTasks.stream().map(Path::toString).toList());
  }

  private @Nullable String unified(CgroupLayout layout, String below, String initUnified) {
    Path mount = layout.unifiedMount();
    if (mount == null) {
      return null;
    }
    Path own = mount.resolve(below);
    Path sub = own.resolve(paths.getOrDefault(ALL, ""));
    if (paths.containsKey(ALL) && (layout.mounts().isEmpty() || Files.isDirectory(sub))) {
      return sub.toString();
    }
    Path init = mount.resolve(initUnified.substring(1));
    return init.startsWith(own) && handsOn(own) ? init.toString() : own.toString();
  }

  private static boolean handsOn(Path cgroup) {
    try {
      return !Files.readString(cgroup.resolve("cgroup.subtree_control")).isBlank();
    } catch (IOException gone) {
      return false;
    }
  }

  /** Where a process is on cgroup2, from its /proc/PID/cgroup. */
  static String unifiedOf(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("0::/"))
        .map(line -> line.substring("0::".length()))
        .findFirst()
        .orElse("/");
  }
}
