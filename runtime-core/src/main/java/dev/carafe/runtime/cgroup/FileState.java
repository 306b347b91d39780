package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.linux.KernelFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the files of a cgroup say now; the order of some writes depends on it. */
@FunctionalInterface
interface FileState {
  /** The content without its last newline, or null when there is no such file. */
  @Nullable String read(Path file);

  /** Reads the kernel's files. */
  static FileState ofKernel() {
    return file -> {
      try {
        return KernelFiles.read(file);
      } catch (NoSuchFileException e) {
        return null;
      } catch (IOException e) {
        throw CgroupException.failed("read", file, e);
      }
    };
  }

  /** Whether the file exists. */
  default boolean has(Path file) {
    return read(file) != null;
  }

  /** The file's number; "max" and -1 are {@link Long#MAX_VALUE}, and so is a missing file. */
  default long number(Path file) {
    String text = read(file);
    if (text == null || text.equals("max") || text.startsWith("-")) {
      return Long.MAX_VALUE;
    }
    return Long.parseLong(text);
  }
}
