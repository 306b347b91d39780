package dev.carafe.runtime.cgroup;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Stops and starts what runs in a cgroup and below it: cgroup.freeze of v2, the freezer hierarchy
 * of v1 (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/freezer-subsystem.rst).
 *
 * @param dirs the cgroup's
 */
record Freezer(CgroupDirs dirs) {
  private static final int TRIES = 2_000;
  private static final String CONTROLLER = "freezer";
  private static final String FILE = "freezer.state";
  private static final String THAWED = "THAWED";

  Freezer {
    Objects.requireNonNull(dirs, "dirs");
  }

  /** Where it is done; null where there is no freezer. */
  @Nullable Path directory() {
    Path unified = dirs.unified();
    return unified == null ? dirs.legacy().get(CONTROLLER) : unified;
  }

  /** Returns when all processes stand still, or run, or the cgroup is gone. */
  void set(boolean frozen) {
    Path unified = dirs.unified();
    Path file = unified != null ? unified.resolve("cgroup.freeze") : legacyFile();
    String value = unified != null ? (frozen ? "1" : "0") : (frozen ? "FROZEN" : THAWED);
    // A v1 freezer that met a fork in flight stays FREEZING until it is told again.
    for (int tries = 0; tries < TRIES; tries++) {
      if (!Hierarchy.writeIfThere(file, value) || settled(unified, file, frozen)) {
        return;
      }
      Pause.millis(1);
    }
    throw new CgroupException(
        CgroupException.Kind.KERNEL,
        file + " was told '" + value + "' and does not get there in two seconds");
  }

  /** Whether the cgroup is told to be frozen; false when it is gone. */
  boolean frozen() {
    Path unified = dirs.unified();
    FileState state = FileState.ofKernel();
    return unified != null
        ? "1".equals(state.read(unified.resolve("cgroup.freeze")))
        : isFrozen(state.read(legacyFile()));
  }

  /** Whether its processes stand still, by itself or by a parent; false when it is gone. */
  boolean stands() {
    FileState state = FileState.ofKernel();
    Path unified = dirs.unified();
    String events = unified == null ? null : state.read(unified.resolve("cgroup.events"));
    Path legacy = dirs.legacy().get(CONTROLLER);
    return (events != null && events.lines().anyMatch("frozen 1"::equals))
        || (legacy != null && isFrozen(state.read(legacy.resolve(FILE))));
  }

  private Path legacyFile() {
    return dirs.require(CONTROLLER, FILE).resolve(FILE);
  }

  private static boolean isFrozen(@Nullable String state) {
    return state != null && !state.equals(THAWED);
  }

  private static boolean settled(@Nullable Path unified, Path file, boolean frozen) {
    FileState state = FileState.ofKernel();
    if (unified == null) {
      return (frozen ? "FROZEN" : THAWED).equals(state.read(file));
    }
    String events = state.read(unified.resolve("cgroup.events"));
    return events == null || events.contains(frozen ? "frozen 1" : "frozen 0");
  }
}
