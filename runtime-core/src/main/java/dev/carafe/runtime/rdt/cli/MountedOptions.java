package dev.carafe.runtime.rdt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The options that a resctrl tree is mounted with. */
final class MountedOptions {
  private static final Path MOUNTS = Path.of("/proc/self/mounts");

  private MountedOptions() {}

  /** Those of the command line, else those of the mount table, else null. */
  static @Nullable Set<String> of(RdtArguments arguments, Path tree) throws IOException {
    if (arguments.mountOptions() != null) {
      return arguments.mountOptions();
    }
    Set<String> options = null;
    for (String line : Files.readAllLines(MOUNTS)) {
      String[] fields = line.split(" ", -1);
      if (fields.length > 3
          && fields[2].equals("resctrl")
          && fields[1].equals(tree.toAbsolutePath().normalize().toString())) {
        options = Set.of(fields[3].split(","));
      }
    }
    return options;
  }
}
