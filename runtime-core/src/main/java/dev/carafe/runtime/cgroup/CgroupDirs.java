package dev.carafe.runtime.cgroup;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directories of one cgroup.
 *
 * @param legacy v1 directory by controller, in mount order; co-mounted controllers share one
 * @param unified the cgroup2 directory, or null on pure v1
 */
record CgroupDirs(Map<String, Path> legacy, @Nullable Path unified) {
  CgroupDirs {
    legacy = Collections.unmodifiableMap(new LinkedHashMap<>(legacy));
  }

  /** Every v1 directory once. */
  List<Path> legacyDirs() {
    return legacy.values().stream().distinct().toList();
  }

  /** Every directory once, cgroup2 last. */
  List<Path> all() {
    return Stream.concat(legacyDirs().stream(), Stream.ofNullable(unified)).toList();
  }

  /**
   * The v1 directory of a controller.
   *
   * @throws CgroupException when the controller is not mounted
   */
  Path require(String controller, String limit) {
    Path dir = legacy.get(controller);
    if (dir == null) {
      throw CgroupException.invalid(
          "cannot set " + limit + ": the cgroup controller " + controller + " is not mounted");
    }
    return dir;
  }
}
