package dev.carafe.runtime.linux;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;

/**
 * Reads the small files of cgroup and proc file systems, one after the other into one buffer.
 * Statistics read thousands of them: this is a third cheaper than the JDK's helper, which asks for
 * a size that these files do not have. Not thread-safe.
 */
public final class KernelFileReader {
  /** More than most of these files have. */
  private static final int BUFFER_BYTES = 4096;

  private byte[] bytes = new byte[BUFFER_BYTES];

  /**
   * The content without the newline at its end.
   *
   * @throws NoSuchFileException when there is no such file
   */
  public String read(String file) throws IOException {
    int length = 0;
    try (FileInputStream in = new FileInputStream(file)) {
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
  private static IOException typed(String file, FileNotFoundException closed) {
    String text = String.valueOf(closed.getMessage());
    String reason = text.substring(text.lastIndexOf('(') + 1, text.length() - 1);
    return Errno.of(new IOException(reason)) == Errno.ENOENT
        ? new NoSuchFileException(file)
        : new FileSystemException(file, null, reason);
  }
}
