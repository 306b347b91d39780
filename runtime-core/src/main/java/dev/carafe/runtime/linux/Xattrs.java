package dev.carafe.runtime.linux;

import static dev.carafe.runtime.linux.FileSyscalls.c;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Extended attributes of names in a directory that is open; a symbolic link has its own. Names and
 * values are the kernel's bytes. Thread-safe.
 */
public final class Xattrs {
  private static final int MAX = 65536;

  private Xattrs() {}

  /** Sets an attribute on a name in {@code dir}. */
  public static void set(Fd dir, byte[] name, byte[] attribute, byte[] value)
      throws FileCallException {
    byte[] path = c(throughProcfs(dir, name));
    FileSyscalls.call(
        "setxattr", name, libc -> libc.lsetxattr(path, c(attribute), value, value.length, 0));
  }

  /** An attribute of a name in {@code dir}, or null where it has none of that name. */
  public static byte @Nullable [] get(Fd dir, byte[] name, byte[] attribute)
      throws FileCallException {
    byte[] buffer = new byte[MAX];
    byte[] path = c(throughProcfs(dir, name));
    SyscallResult result =
        FileSyscalls.call(libc -> libc.lgetxattr(path, c(attribute), buffer, buffer.length));
    if (result.failed()
        && (result.error() == Errno.ENODATA || result.error() == Errno.EOPNOTSUPP)) {
      return null;
    }
    return Arrays.copyOf(buffer, (int) FileSyscalls.checked("getxattr", name, result));
  }

  /** The names of the attributes of a name in {@code dir}. */
  public static List<byte[]> list(Fd dir, byte[] name) throws FileCallException {
    byte[] buffer = new byte[MAX];
    byte[] path = c(throughProcfs(dir, name));
    int length =
        (int)
            FileSyscalls.call(
                "listxattr", name, libc -> libc.llistxattr(path, buffer, buffer.length));
    List<byte[]> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < length; i++) {
      if (buffer[i] == 0) {
        names.add(Arrays.copyOfRange(buffer, start, i));
        start = i + 1;
      }
    }
    return names;
  }

  /** The kernel has no such calls relative to a descriptor before 6.13. */
  private static byte[] throughProcfs(Fd dir, byte[] name) {
    byte[] prefix = ("/proc/self/fd/" + dir.number() + "/").getBytes(StandardCharsets.US_ASCII);
    byte[] path = Arrays.copyOf(prefix, prefix.length + name.length);
    System.arraycopy(name, 0, path, prefix.length, name.length);
    return path;
  }
}
