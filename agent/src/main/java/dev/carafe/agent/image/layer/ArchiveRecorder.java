package dev.carafe.agent.image.layer;

import static java.util.Objects.requireNonNull;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps of an archive that is read through it what the layer's files do not hold: headers, padding
 * and the order of things. With the files, {@link ArchiveReplay} makes the same archive again, byte
 * for byte. Not thread-safe.
 *
 * <p>The recording is a deflated sequence of {@code RAW length bytes}, {@code FILE length path
 * size} and {@code END}. It is given up, and its file deleted, where it would get too large or
 * where the archive holds content that no file has.
 */
final class ArchiveRecorder extends InputStream {
  static final int RAW = 0;
  static final int FILE = 1;
  static final int END = 2;

  /** Two million headers take a tenth of this. */
  private static final long MAX_BYTES = 512L << 20;

  private final InputStream in;
  private final Path file;
  private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
  private final DataOutputStream out;
  private final byte[] one = new byte[1];
  private long content;
  private boolean givenUp;

  ArchiveRecorder(InputStream in, Path file) throws IOException {
    this.in = requireNonNull(in, "in is null");
    this.file = requireNonNull(file, "file is null");
    OutputStream plain = new BufferedOutputStream(Files.newOutputStream(file));
    this.out =
        new DataOutputStream(
            new BufferedOutputStream(new DeflaterOutputStream(plain, deflater, 1 << 13)));
  }

  /** The next {@code bytes} are a file's content. */
  void contentFollows(long bytes) {
    content = bytes;
  }

  /** The content was stored at {@code path}; null if it was not stored. */
  void contentStored(@Nullable EntryPath path, long bytes) throws IOException {
    if (bytes == 0) {
      return;
    }
    if (path == null) {
      givenUp = true;
      return;
    }
    byte[] name = path.bytes();
    out.writeByte(FILE);
    out.writeInt(name.length);
    out.write(name);
    out.writeLong(bytes);
  }

  @Override
  public int read() throws IOException {
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = in.read(buffer, offset, content > 0 ? (int) Math.min(content, length) : length);
    if (content > 0) {
      content -= Math.max(count, 0);
    } else if (count > 0 && !givenUp) {
      record(buffer, offset, count);
    }
    return count;
  }

  private void record(byte[] buffer, int offset, int count) throws IOException {
    out.writeByte(RAW);
    out.writeInt(count);
    out.write(buffer, offset, count);
    givenUp = deflater.getBytesWritten() > MAX_BYTES;
  }

  /**
   * Reads to the end and completes the recording.
   *
   * @return bytes of its file; 0 if it was given up
   */
  long finish() throws IOException {
    byte[] rest = new byte[1 << 13];
    while (read(rest, 0, rest.length) >= 0) {}
    out.writeByte(END);
    out.close();
    if (givenUp) {
      Files.delete(file);
      return 0;
    }
    return Files.size(file);
  }

  /** Gives back memory, whether finished or not; the source stays open. */
  @Override
  public void close() throws IOException {
    try (out) {
      // Only what is native must go in any case; a recording that is not finished is worthless.
    } finally {
      deflater.end();
    }
  }
}
