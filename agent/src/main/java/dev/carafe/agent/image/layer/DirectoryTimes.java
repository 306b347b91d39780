package dev.carafe.agent.image.layer;

import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCallException;
import dev.carafe.runtime.linux.FileCalls;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The times of a layer's directories, kept in a file until all entries are in: each entry made in a
 * directory changes its time, and a hostile layer may have millions of them.
 */
final class DirectoryTimes implements AutoCloseable {
  private final Path file;
  private final DataOutputStream out;
  private long count;

  DirectoryTimes(Path file) throws IOException {
    this.file = file;
    this.out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
  }

  void remember(EntryPath directory, long seconds, int nanos) throws IOException {
    byte[] path = directory.bytes();
    out.writeInt(path.length);
    out.write(path);
    out.writeLong(seconds);
    out.writeInt(nanos);
    count++;
  }

  /** Sets them all; those of directories that were replaced since are passed over. */
  void apply(Fd root) throws IOException {
    out.flush();
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      for (long i = 0; i < count; i++) {
        byte[] path = in.readNBytes(in.readInt());
        applyOne(root, path, in.readLong(), in.readInt());
      }
    }
  }

  private static void applyOne(Fd root, byte[] path, long seconds, int nanos)
      throws FileCallException {
    try (Fd directory = FileCalls.openDirectoryBeneath(root, path)) {
      FileCalls.changeTime(directory, new byte[] {'.'}, seconds, nanos);
    } catch (FileCallException e) {
      if (e.error() != Errno.ENOENT && e.error() != Errno.ELOOP && e.error() != Errno.ENOTDIR) {
        throw e;
      }
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
    Files.deleteIfExists(file);
  }
}
