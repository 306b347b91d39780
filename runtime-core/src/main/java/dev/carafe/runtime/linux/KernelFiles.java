package dev.carafe.runtime.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads and writes the small files of cgroup, resctrl and proc file systems. A kernel file takes
 * its value from one write(2), which the JDK's own helpers may split, and must never be created or
 * truncated by us.
 */
public final class KernelFiles {
  private KernelFiles() {}

  /** The content without the newline at its end. */
  public static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1).stripTrailing();
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

  /**
   * The numbers of a file of lines {@code key number}, such as memory.stat; other lines are left
   * out.
   */
  public static Map<String, Long> readTable(Path file) throws IOException {
    Map<String, Long> table = new HashMap<>();
    for (String line : read(file).split("\n")) {
      int blank = line.indexOf(' ');
      if (blank > 0 && line.indexOf(' ', blank + 1) < 0) {
        try {
          table.put(line.substring(0, blank), Long.parseUnsignedLong(line.substring(blank + 1)));
        } catch (NumberFormatException e) {
          continue;
        }
      }
    }
    return Map.copyOf(table);
  }
}
