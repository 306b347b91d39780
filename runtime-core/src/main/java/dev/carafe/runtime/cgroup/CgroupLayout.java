package dev.carafe.runtime.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where the cgroup hierarchies of this machine are mounted. Immutable. */
public sealed interface CgroupLayout {
  /** The usual place of the mounts. */
  Path DEFAULT_ROOT = Path.of("/sys/fs/cgroup");

  /**
   * Pure cgroup v2.
   *
   * @param root where cgroup2 is mounted
   */
  record Unified(Path root) implements CgroupLayout {
    public Unified {
      Objects.requireNonNull(root, "root");
    }

    @Override
    public Map<String, Path> mounts() {
      return Map.of();
    }

    @Override
    public @Nullable Path unifiedMount() {
      return root;
    }
  }

  /**
   * Pure cgroup v1.
   *
   * @param controllers mount path by controller ({@code memory}) or named hierarchy ({@code
   *     name=systemd}), in the order of the mounts; co-mounted controllers share a path
   */
  record Legacy(Map<String, Path> controllers) implements CgroupLayout {
    public Legacy {
      controllers = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(controllers));
    }

    @Override
    public Map<String, Path> mounts() {
      return controllers;
    }

    @Override
    public @Nullable Path unifiedMount() {
      return null;
    }
  }

  /**
   * cgroup v1 controllers beside a cgroup2 mount, which has the controllers that v1 does not.
   *
   * @param legacy the v1 part
   * @param unified where cgroup2 is mounted
   */
  record Hybrid(Legacy legacy, Path unified) implements CgroupLayout {
    public Hybrid {
      Objects.requireNonNull(legacy, "legacy");
      Objects.requireNonNull(unified, "unified");
    }

    @Override
    public Map<String, Path> mounts() {
      return legacy.mounts();
    }

    @Override
    public @Nullable Path unifiedMount() {
      return unified;
    }
  }

  /** The v1 mounts, as of {@link Legacy#controllers}; empty on pure v2. */
  Map<String, Path> mounts();

  /** Where cgroup2 is mounted, or null on pure v1. */
  @Nullable Path unifiedMount();

  /**
   * Reads the layout below a root from this process's mount table.
   *
   * @param cgroupRoot usually {@link #DEFAULT_ROOT}
   * @throws CgroupException when no cgroup file system is mounted there
   */
  static CgroupLayout detect(Path cgroupRoot) {
    Path table = Path.of("/proc/self/mountinfo");
    try {
      return parse(cgroupRoot, Files.readAllLines(table));
    } catch (IOException e) {
      throw CgroupException.failed("read", table, e);
    }
  }

  /** The layout that lines of mountinfo (proc_pid_mountinfo(5)) describe. */
  static CgroupLayout parse(Path cgroupRoot, List<String> mountinfo) {
    Map<String, Path> controllers = new LinkedHashMap<>();
    Path unified = null;
    for (String line : mountinfo) {
      MountLine mount = MountLine.parse(line);
      if (!mount.point().startsWith(cgroupRoot)) {
        continue;
      }
      if (mount.type().equals("cgroup2")) {
        unified = mount.point();
      } else if (mount.type().equals("cgroup")) {
        mount.controllers().forEach(name -> controllers.put(name, mount.point()));
      }
    }
    if (unified == null && controllers.isEmpty()) {
      throw CgroupException.invalid(
          "no cgroup file system is mounted at or below "
              + cgroupRoot
              + "; mount cgroup2 there, or set the cgroup root to where it is mounted");
    }
    if (unified == null) {
      return new Legacy(controllers);
    }
    return controllers.isEmpty()
        ? new Unified(unified)
        : new Hybrid(new Legacy(controllers), unified);
  }

  /**
   * The directories of one cgroup in every hierarchy.
   *
   * @param path absolute below the mounts, as {@link CgroupPaths} makes it
   */
  default CgroupDirs dirs(String path) {
    Map<String, Path> dirs = new LinkedHashMap<>();
    mounts().forEach((name, mount) -> dirs.put(name, below(mount, path)));
    Path unified = unifiedMount();
    return new CgroupDirs(dirs, unified == null ? null : below(unified, path));
  }

  private static Path below(Path mount, String path) {
    return mount.resolve(path.substring(1));
  }
}
