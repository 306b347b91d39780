package dev.carafe.runtime.linux;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;

/** How soon threads of this process get a processor for which others wait too. Thread-safe. */
public final class Scheduling {
  private static final long SYS_SCHED_SETATTR = 314;

  /** The first version of struct sched_attr, which every kernel takes. */
  private static final int ATTR_BYTES = 48;

  private static final int SCHED_OTHER = 0;
  private static final long SCHED_FLAG_RESET_ON_FORK = 1;
  private static final int LEAST_NICE = -20;

  private Scheduling() {}

  /** The C function; public because jnr-ffi implements it. */
  public interface Functions {
    /** syscall(2), of sched_setattr(2). */
    long syscall(long number, int thread, byte[] attributes, int flags);
  }

  private static final class Bound {
    static final Functions LIBC = Native.libc(Functions.class);
  }

  /**
   * Has the kernel prefer the threads of this process that have such a name (nice value -20): one
   * that wakes up waits for no ordinary one. What they start, threads and processes, is ordinary.
   *
   * @param names tells by the kernel's name of a thread, at most 15 bytes
   * @return how many there are
   * @throws LinuxException when the kernel refuses (EPERM without CAP_SYS_NICE)
   */
  public static int prefer(Predicate<String> names) throws IOException {
    requireNonNull(names, "names is null");
    int preferred = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        if (names.test(name(thread))) {
          prefer(Integer.parseInt(thread.getFileName().toString()));
          preferred++;
        }
      }
    }
    return preferred;
  }

  private static String name(Path thread) {
    try {
      return Files.readString(thread.resolve("comm"), StandardCharsets.ISO_8859_1).strip();
    } catch (IOException ended) {
      return "";
    }
  }

  private static void prefer(int thread) {
    ByteBuffer attributes = ByteBuffer.allocate(ATTR_BYTES).order(ByteOrder.nativeOrder());
    attributes
        .putInt(ATTR_BYTES)
        .putInt(SCHED_OTHER)
        .putLong(SCHED_FLAG_RESET_ON_FORK)
        .putInt(LEAST_NICE);
    byte[] bytes = attributes.array();
    Native.call(() -> Bound.LIBC.syscall(SYS_SCHED_SETATTR, thread, bytes, 0))
        .orThrow("prefer thread " + thread + " of this process");
  }
}
