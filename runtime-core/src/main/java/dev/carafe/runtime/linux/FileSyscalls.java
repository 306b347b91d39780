package dev.carafe.runtime.linux;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.ToLongFunction;

/** How {@link FileCalls}, {@link Xattrs} and {@link Fd} call the kernel. Thread-safe. */
final class FileSyscalls {
  private FileSyscalls() {}

  private static final class Loaded {
    static final FileLibc LIBC = Native.libc(FileLibc.class);
  }

  /** One call; the errors that mean something to its caller are for him. */
  static SyscallResult call(ToLongFunction<FileLibc> function) {
    return Native.call(() -> function.applyAsLong(Loaded.LIBC));
  }

  /**
   * One call that must succeed.
   *
   * @param name of the call, for the message
   * @param path what it is about, for the message
   */
  static long call(String name, byte[] path, ToLongFunction<FileLibc> function)
      throws FileCallException {
    return checked(name, path, call(function));
  }

  /** The value of a call that succeeded. */
  static long checked(String name, byte[] path, SyscallResult result) throws FileCallException {
    if (result.failed()) {
      throw new FileCallException(name, path, result.errno());
    }
    return result.value();
  }

  /** As C has it, with a NUL at the end and none before. */
  static byte[] c(byte[] path) {
    for (byte b : requireNonNull(path, "path is null")) {
      if (b == 0) {
        throw new IllegalArgumentException(
            "NUL in " + new String(path, StandardCharsets.UTF_8) + ": the kernel has no such name");
      }
    }
    return Arrays.copyOf(path, path.length + 1);
  }
}
