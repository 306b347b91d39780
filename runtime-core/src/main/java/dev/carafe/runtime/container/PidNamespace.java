package dev.carafe.runtime.container;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The processes of a pid namespace, for containers that no cgroup holds together. */
final class PidNamespace {
  private static final Path PROC = Path.of("/proc");

  private PidNamespace() {}

  /** Those that this process may look at, ascending, with init; none when init is gone. */
  static List<Integer> members(int init) throws IOException {
    Path namespace = of(init);
    List<Integer> members = new ArrayList<>();
    if (namespace == null) {
      return members;
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        int pid = Integer.parseInt(String.valueOf(process.getFileName()));
        if (namespace.equals(of(pid))) {
          members.add(pid);
        }
      }
    }
    members.sort(null);
    return members;
  }

  private static @Nullable Path of(int pid) {
    try {
      return Files.readSymbolicLink(PROC.resolve(pid + "/ns/pid"));
    } catch (IOException goneOrNotOurs) {
      return null;
    }
  }
}
