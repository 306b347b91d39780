package dev.carafe.agent.image.layer;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/**
 * Makes a layer's archive again of its files and the recording that was kept of it. The caller
 * checks the digest: two entries of one name leave only the later one's content. Immutable,
 * thread-safe.
 *
 * @param recording what an {@link ArchiveRecorder} wrote
 * @param files the layer's directory
 */
public record ArchiveReplay(Path recording, Path files) {
  private static final int BUFFER = 1 << 16;

  /** Checks for null. */
  public ArchiveReplay {
    requireNonNull(recording, "recording is null");
    requireNonNull(files, "files is null");
  }

  /** Whether the layer's archive can be made again. */
  public boolean isPossible() {
    return Files.isRegularFile(recording);
  }

  /** Bytes of the archive. */
  public long size() throws IOException {
    long[] size = new long[1];
    replay((raw, length) -> size[0] += length, (path, length) -> size[0] += length);
    return size[0];
  }

  /** Writes the archive; {@code out} stays open. */
  public void writeTo(OutputStream out) throws IOException {
    byte[] chunk = new byte[BUFFER];
    ByteBuffer direct = ByteBuffer.allocateDirect(BUFFER);
    try (Fd root = FileCalls.openDirectory(files)) {
      replay(
          (raw, length) -> out.write(raw, 0, length),
          (path, length) -> {
            try (Fd file = FileCalls.openFileBeneath(root, path)) {
              long copied = 0;
              while (copied < length && FileCalls.read(file, direct.clear()) > 0) {
                int count = (int) Math.min(direct.flip().remaining(), length - copied);
                direct.get(chunk, 0, count);
                out.write(chunk, 0, count);
                copied += count;
              }
            }
          });
    }
  }

  @FunctionalInterface
  private interface Raw {
    void bytes(byte[] raw, int length) throws IOException;
  }

  @FunctionalInterface
  private interface Content {
    void file(byte[] path, long length) throws IOException;
  }

  private void replay(Raw raw, Content content) throws IOException {
    Inflater inflater = new Inflater(true);
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(
                new InflaterInputStream(
                    new BufferedInputStream(Files.newInputStream(recording)), inflater, BUFFER),
                BUFFER))) {
      for (int kind = in.readByte(); kind != ArchiveRecorder.END; kind = in.readByte()) {
        byte[] bytes = in.readNBytes(in.readInt());
        if (kind == ArchiveRecorder.RAW) {
          raw.bytes(bytes, bytes.length);
        } else {
          content.file(bytes, in.readLong());
        }
      }
    } finally {
      inflater.end();
    }
  }
}
