package dev.carafe.runtime.linux;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The size of file systems (statfs(2)), with the inodes that the JDK does not tell. */
public final class FileSystems {
  /** struct statfs has 120 bytes on 64-bit machines; more does no harm. */
  private static final int STATFS_BYTES = 256;

  private static final int BLOCK_SIZE = 8;
  private static final int BLOCKS = 16;
  private static final int FILES = 40;
  private static final int FILES_FREE = 48;

  private FileSystems() {}

  /** The C library, as jnr-ffi wants it declared; use {@link FileSystems#space}. */
  public interface Libc {
    int statfs(byte[] path, byte[] buffer);
  }

  private static final class Loaded {
    static final Libc LIBC = Native.libc(Libc.class);
  }

  /**
   * A file system.
   *
   * @param device what is mounted: /dev/NAME, or the file system's own name
   * @param bytes its size
   * @param inodes in all; 0 where they are not limited
   * @param inodesFree of these
   */
  public record Space(String device, long bytes, long inodes, long inodesFree) {
    public Space {
      requireNonNull(device, "device is null");
    }
  }

  /** The file system that a path is on. */
  public static Space space(Path path) throws IOException {
    byte[] buffer = new byte[STATFS_BYTES];
    byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
    Native.call(() -> Loaded.LIBC.statfs(name, buffer)).orThrow("ask for the size of " + path);
    ByteBuffer fields = ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder());
    return new Space(
        Files.getFileStore(path).name(),
        fields.getLong(BLOCKS) * fields.getLong(BLOCK_SIZE),
        fields.getLong(FILES),
        fields.getLong(FILES_FREE));
  }
}
