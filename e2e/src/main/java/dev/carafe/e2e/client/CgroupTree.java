package dev.carafe.e2e.client;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A cgroup of our own by its path, in all hierarchies that the machine has mounted. */
public final class CgroupTree {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private CgroupTree() {}

  /**
   * The directories of a cgroup: one on cgroup v2, one for each hierarchy on v1.
   *
   * @param path absolute, such as {@code /carafe-demo-17}
   */
  public static List<Path> directories(String path) throws IOException {
    String relative = path.substring(1);
    try (Stream<Path> hierarchies = Files.list(ROOT)) {
      // cpu and cpuacct are often links to one hierarchy.
      return Stream.concat(Stream.of(ROOT), hierarchies.filter(h -> !Files.isSymbolicLink(h)))
          .map(hierarchy -> hierarchy.resolve(relative))
          .filter(Files::isDirectory)
          .toList();
    }
  }

  /** Makes the cgroup in every hierarchy. */
  public static void make(String path) throws IOException {
    String relative = path.substring(1);
    if (Files.exists(ROOT.resolve("cgroup.controllers"))) {
      Files.createDirectories(ROOT.resolve(relative));
      return;
    }
    try (Stream<Path> hierarchies = Files.list(ROOT)) {
      for (Path hierarchy : hierarchies.filter(h -> !Files.isSymbolicLink(h)).toList()) {
        if (Files.isDirectory(hierarchy)) {
          Files.createDirectories(hierarchy.resolve(relative));
        }
      }
    }
  }

  /** Kills every process in the cgroup and below it, where the kernel has cgroup.kill. */
  public static void kill(String path) throws IOException {
    for (Path directory : directories(path)) {
      Path kill = directory.resolve("cgroup.kill");
      if (Files.exists(kill)) {
        Files.writeString(kill, "1");
      }
    }
  }

  /** Removes the cgroup and those below it, which must be empty of processes. */
  public static void remove(String path) throws IOException {
    for (Path directory : directories(path)) {
      List<Path> deepestFirst;
      try (Stream<Path> below = Files.find(directory, 16, (p, about) -> about.isDirectory())) {
        deepestFirst = below.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path cgroup : deepestFirst) {
        removeOne(cgroup);
      }
    }
  }

  private static void removeOne(Path cgroup) throws IOException {
    try {
      Files.delete(cgroup);
    } catch (NoSuchFileException gone) {
      // Its owner was faster.
    } catch (DirectoryNotEmptyException busy) {
      throw new IOException("cgroup " + cgroup + " still has processes or children", busy);
    }
  }
}
