package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.linux.KernelFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes the directories of a cgroup in every hierarchy, so that processes can join and limits be
 * set.
 */
final class CgroupMaker {
  private final CgroupLayout layout;

  CgroupMaker(CgroupLayout layout) {
    this.layout = layout;
  }

  /**
   * Makes the cgroup and its missing parents.
   *
   * @param needed controllers whose limits will be set, by their cgroup v2 names
   * @return the leaf directories that were not there before
   */
  List<Path> make(String path, Set<String> needed) {
    List<Path> made = new ArrayList<>();
    try {
      makeLegacy(layout.mounts(), path, made);
      Path unified = layout.unifiedMount();
      if (unified != null) {
        makeUnified(unified, path, inUnified(layout.mounts(), needed), made);
      }
    } catch (CgroupException e) {
      made.forEach(Hierarchy::remove);
      throw e;
    }
    return made;
  }

  private static Set<String> inUnified(Map<String, Path> legacy, Set<String> needed) {
    Map<String, String> legacyNames = Map.of("io", "blkio");
    return needed.stream()
        .filter(name -> !legacy.containsKey(legacyNames.getOrDefault(name, name)))
        .collect(Collectors.toSet());
  }

  private static void makeLegacy(Map<String, Path> legacy, String path, List<Path> made) {
    Path cpuset = legacy.get("cpuset");
    for (Path mount : new HashSet<>(legacy.values())) {
      Path dir = mount;
      for (Path part : Path.of(path)) {
        Path parent = dir;
        dir = dir.resolve(part);
        boolean isNew = Hierarchy.makeDir(dir);
        if (isNew && isLeaf(dir, mount, path)) {
          made.add(dir);
        }
        if (mount.equals(cpuset)) {
          inherit(parent, dir, "cpuset.cpus");
          inherit(parent, dir, "cpuset.mems");
        }
      }
    }
  }

  private static boolean isLeaf(Path dir, Path mount, String path) {
    return dir.equals(mount.resolve(path.substring(1)));
  }

  /** A new v1 cpuset is empty and nobody can join it (ENOSPC), so it starts with its parent's. */
  private static void inherit(Path parent, Path dir, String name) {
    Path file = dir.resolve(name);
    try {
      if (KernelFiles.read(file).isEmpty()) {
        KernelFiles.write(file, KernelFiles.read(parent.resolve(name)));
      }
    } catch (IOException e) {
      throw CgroupException.failed("fill", file, e);
    }
  }

  private static void makeUnified(Path root, String path, Set<String> needed, List<Path> made) {
    Path dir = root;
    for (Path part : Path.of(path)) {
      enable(dir, needed);
      dir = dir.resolve(part);
      boolean isNew = Hierarchy.makeDir(dir);
      if (isNew && isLeaf(dir, root, path)) {
        made.add(dir);
      }
    }
  }

  /**
   * Enables in a parent, for its children, every controller that it has; the leaf itself never gets
   * this.
   */
  private static void enable(Path parent, Set<String> needed) {
    Set<String> missing = words(parent.resolve("cgroup.controllers"));
    Set<String> wanted = new HashSet<>(needed);
    wanted.removeAll(missing);
    if (!wanted.isEmpty()) {
      throw CgroupException.invalid(
          "the cgroup controllers " + wanted + " are not available in " + parent);
    }
    Path control = parent.resolve("cgroup.subtree_control");
    missing.removeAll(words(control));
    if (missing.isEmpty()) {
      return;
    }
    String all = missing.stream().sorted().map(name -> "+" + name).collect(Collectors.joining(" "));
    try {
      KernelFiles.write(control, all);
    } catch (IOException e) {
      enableEach(control, missing, needed);
    }
  }

  /** One refused controller refuses the whole line; only one that a limit needs is an error. */
  private static void enableEach(Path control, Set<String> missing, Set<String> needed) {
    for (String name : missing) {
      try {
        KernelFiles.write(control, "+" + name);
      } catch (IOException e) {
        if (needed.contains(name)) {
          throw CgroupException.refused(control, "+" + name, e);
        }
      }
    }
  }

  private static Set<String> words(Path file) {
    try {
      Set<String> words = new HashSet<>(Arrays.asList(KernelFiles.read(file).split(" ", -1)));
      words.remove("");
      return words;
    } catch (IOException e) {
      throw CgroupException.failed("read", file, e);
    }
  }
}
