package dev.carafe.runtime.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A file with a process id: decimal, no newline, there whole or not at all. */
final class PidFile {
  private PidFile() {}

  /** Writes it; nothing when no file is wanted. */
  static void write(Caller caller, @Nullable String file, int pid) throws IOException {
    if (file == null || file.isEmpty()) {
      return;
    }
    Path path = caller.resolve(file);
    Path name = Objects.requireNonNull(path.getFileName(), "a pid file has a name");
    Path unfinished = path.resolveSibling("." + name);
    Files.writeString(
        unfinished,
        Integer.toString(pid),
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.WRITE,
        StandardOpenOption.SYNC);
    Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
  }
}
