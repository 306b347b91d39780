package dev.carafe.agent.check;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The files of a host by their absolute paths.
 *
 * @param root what stands for {@code /}
 */
record Host(Path root) {
  Host {
    requireNonNull(root, "root is null");
  }

  Path path(String absolute) {
    return root.resolve(absolute.substring(1));
  }

  boolean has(String absolute) {
    return Files.exists(path(absolute));
  }

  /** The file's lines; none when it cannot be read, for an absent file is a finding of its own. */
  List<String> lines(String absolute) {
    try {
      // Not readAllLines by size: files of procfs have none.
      return new String(Files.readAllBytes(path(absolute)), java.nio.charset.StandardCharsets.UTF_8)
          .lines()
          .toList();
    } catch (IOException unreadable) {
      return List.of();
    }
  }

  /** The file's first line; empty when it cannot be read. */
  String line(String absolute) {
    List<String> lines = lines(absolute);
    return lines.isEmpty() ? "" : lines.getFirst().strip();
  }

  /** The file systems that the kernel has now, modules not loaded yet not among them. */
  Set<String> fileSystems() {
    Set<String> names = new TreeSet<>();
    for (String line : lines("/proc/filesystems")) {
      names.add(line.substring(line.lastIndexOf('\t') + 1).strip());
    }
    return names;
  }

  /** Whether a program of this name is in one of the directories of programs. */
  boolean hasProgram(String name) {
    return List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin")
        .stream()
        .anyMatch(directory -> Files.isExecutable(path(directory + "/" + name)));
  }
}
