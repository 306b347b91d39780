package dev.carafe.runtime.cgroup;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** One line of mountinfo: its mount point, type and the options of its super block. */
record MountLine(Path point, String type, List<String> options) {
  private static final Set<String> NOT_CONTROLLERS =
      Set.of("rw", "ro", "xattr", "noprefix", "clone_children", "none", "all");

  /** Fields 5 and, after the lone dash, type and super options (proc_pid_mountinfo(5)). */
  static MountLine parse(String line) {
    List<String> fields = List.of(line.split(" ", -1));
    int dash = fields.indexOf("-");
    if (dash < 6 || fields.size() < dash + 4) {
      throw CgroupException.invalid("not a line of mountinfo: " + line);
    }
    Path point = Path.of(unescape(fields.get(4)));
    return new MountLine(point, fields.get(dash + 1), List.of(fields.get(dash + 3).split(",", -1)));
  }

  /** The controllers, and {@code name=...} of a named hierarchy, of a cgroup v1 mount. */
  Stream<String> controllers() {
    return options.stream()
        .filter(option -> !NOT_CONTROLLERS.contains(option))
        .filter(option -> !option.contains("=") || option.startsWith("name="));
  }

  private static String unescape(String field) {
    return field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
