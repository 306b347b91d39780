package dev.carafe.e2e.demo;

import dev.carafe.e2e.client.CgroupTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Where the kernel tells about a container. */
final class Kernel {
  private static final Path PROC = Path.of("/proc");

  private Kernel() {}

  /** A file of a process, such as {@code status}. */
  static Path proc(long pid, String file) {
    return PROC.resolve(Long.toString(pid)).resolve(file);
  }

  /** The lines of a file that fit. */
  static List<String> lines(Path file, Predicate<String> fits) throws IOException {
    return Files.readAllLines(file).stream().filter(fits).toList();
  }

  /**
   * A file of a container's cgroup, found by the container's id below a cgroup of ours.
   *
   * @param names in order of preference: v2's and v1's
   */
  static Path cgroupFile(String parent, String containerId, String... names) throws IOException {
    for (Path top : CgroupTree.directories(parent)) {
      try (Stream<Path> below = Files.find(top, 8, (p, about) -> about.isDirectory())) {
        List<Path> found =
            below
                .filter(cgroup -> String.valueOf(cgroup.getFileName()).contains(containerId))
                .flatMap(cgroup -> Stream.of(names).map(cgroup::resolve))
                .filter(Files::exists)
                .toList();
        if (!found.isEmpty()) {
          return found.getFirst();
        }
      }
    }
    throw new IOException(
        "no cgroup below %s for container %s has any of %s"
            .formatted(parent, containerId, List.of(names)));
  }

  /** The first process of a container, by its cgroup. */
  static long init(String parent, String containerId) throws IOException {
    Path procs = cgroupFile(parent, containerId, "cgroup.procs");
    List<String> pids = Files.readAllLines(procs);
    if (pids.isEmpty()) {
      throw new IOException(procs + " is empty: the container has no process");
    }
    return Long.parseLong(pids.getFirst());
  }

  /** The processes of a cgroup and of those below it. */
  static List<Long> members(Path cgroup) throws IOException {
    List<Long> pids = new ArrayList<>();
    try (Stream<Path> below = Files.find(cgroup, 8, (p, about) -> p.endsWith("cgroup.procs"))) {
      for (Path procs : below.toList()) {
        Files.readAllLines(procs).stream().map(Long::valueOf).forEach(pids::add);
      }
    }
    return List.copyOf(pids);
  }

  /** Processes whose command line names a path. */
  static List<String> named(Path path) throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> processes = Files.list(PROC)) {
      for (Path process : processes.filter(Kernel::isNumber).toList()) {
        String line = commandLine(process);
        if (line.contains(path.toString())) {
          found.add("process " + process.getFileName() + " " + line);
        }
      }
    }
    return List.copyOf(found);
  }

  private static boolean isNumber(Path process) {
    return String.valueOf(process.getFileName()).chars().allMatch(Character::isDigit);
  }

  private static String commandLine(Path process) {
    try {
      return Files.readString(process.resolve("cmdline")).replace('\0', ' ');
    } catch (IOException ended) {
      return "";
    }
  }

  /** The parent of a process. */
  static long parent(long pid) throws IOException {
    List<String> line = lines(proc(pid, "status"), l -> l.startsWith("PPid:"));
    return Long.parseLong(line.getFirst().substring("PPid:".length()).strip());
  }

  /** A process's start, in clock ticks since boot: field 22 of stat. */
  static String startTicks(long pid) throws IOException {
    String stat = Files.readString(proc(pid, "stat"));
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19];
  }
}
