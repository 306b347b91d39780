package dev.carafe.runtime.linux;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes the small files of cgroup, resctrl and proc file systems. A kernel file takes
 * its value from one write(2), which the JDK's own helpers may split, and must never be created or
 * truncated by us.
 */
public final class KernelFiles {
  private static final int RADIX = 10;
  private static final int MAX_DIGITS = 20;

  /** More than most of these files have. */
  private static final int BUFFER_BYTES = 4096;

  private KernelFiles() {}

  /**
   * The content without the newline at its end. Statistics read thousands of such files: this is a
   * third cheaper than the JDK's helper, which asks for a size that these files do not have.
   */
  public static String read(Path file) throws IOException {
    byte[] bytes = new byte[BUFFER_BYTES];
    int length = 0;
    try (FileInputStream in = new FileInputStream(file.toString())) {
      int more = in.read(bytes, 0, bytes.length);
      while (more > 0) {
        length += more;
        if (length == bytes.length) {
          bytes = Arrays.copyOf(bytes, 2 * length);
        }
        more = in.read(bytes, length, bytes.length - length);
      }
    } catch (FileNotFoundException closed) {
      throw typed(file, closed);
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1).stripTrailing();
  }

  /** That exception stands for every failure to open a file, its text ends with "(reason)". */
  private static IOException typed(Path file, FileNotFoundException closed) {
    String text = String.valueOf(closed.getMessage());
    String reason = text.substring(text.lastIndexOf('(') + 1, text.length() - 1);
    return Errno.of(new IOException(reason)) == Errno.ENOENT
        ? new NoSuchFileException(file.toString())
        : new FileSystemException(file.toString(), null, reason);
  }

  /** Writes the value by one write(2) to a file that exists. */
  public static void write(Path file, String value) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(value.getBytes(StandardCharsets.ISO_8859_1));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      int written = channel.write(bytes);
      if (bytes.hasRemaining()) {
        throw new IOException(file + " took " + written + " of " + value.length() + " bytes");
      }
    }
  }

  /** The lines of a file; none for an empty one. */
  public static List<String> lines(Path file) throws IOException {
    return read(file).lines().toList();
  }

  /**
   * The numbers of a file of lines {@code key number}, such as memory.stat; other lines are left
   * out.
   */
  public static Map<String, Long> readTable(Path file) throws IOException {
    Map<String, Long> table = new HashMap<>();
    String text = read(file);
    for (int start = 0; start < text.length(); ) {
      int newline = text.indexOf('\n', start);
      int end = newline < 0 ? text.length() : newline;
      int space = text.lastIndexOf(' ', end - 1);
      if (space > start && text.indexOf(' ', start) == space && isNumber(text, space + 1, end)) {
        table.put(
            text.substring(start, space), Long.parseUnsignedLong(text, space + 1, end, RADIX));
      }
      start = end + 1;
    }
    return table;
  }

  private static boolean isNumber(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return from < to && to - from <= MAX_DIGITS;
  }
}
