package dev.carafe.runtime.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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

  private KernelFiles() {}

  /** The content without the newline at its end. */
  public static String read(Path file) throws IOException {
    return new KernelFileReader().read(file.toString());
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
