package dev.carafe.agent.image.layer;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/**
 * Finds out by their first bytes how a stream is compressed: gzip, zstd (skippable frames in front
 * included), or not at all. Media types are not asked, since registries hold wrong ones.
 */
public final class Decompression {
  private static final int BUFFER = 1 << 16;

  private Decompression() {}

  /** The decompressed form of {@code in}; closing it closes {@code in}. */
  public static InputStream open(InputStream in) throws IOException {
    PeekedStream peeked = new PeekedStream(in, in.readNBytes(4));
    byte[] magic = peeked.head();
    if (isGzip(magic)) {
      return new GZIPInputStream(peeked, BUFFER);
    }
    return new BufferedInputStream(
        isZstd(magic) ? new ZstdInputStreamNoFinalizer(peeked) : peeked, BUFFER);
  }

  /** Whether content that begins with these four bytes is compressed. */
  public static boolean isCompressed(byte[] magic) {
    return isGzip(magic) || isZstd(magic);
  }

  private static boolean isGzip(byte[] magic) {
    return startsWith(magic, 0x1f, 0x8b);
  }

  private static boolean isZstd(byte[] magic) {
    boolean skippable =
        magic.length == 4
            && (magic[0] & 0xf0) == 0x50
            && Arrays.equals(magic, 1, 4, new byte[] {0x2a, 0x4d, 0x18}, 0, 3);
    return skippable || startsWith(magic, 0x28, 0xb5, 0x2f, 0xfd);
  }

  private static boolean startsWith(byte[] bytes, int... magic) {
    for (int i = 0; i < magic.length; i++) {
      if (i >= bytes.length || (bytes[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  /** Some bytes that were read already, then the rest of a stream. */
  private static final class PeekedStream extends InputStream {
    private final InputStream rest;
    private final byte[] head;
    private int used;

    PeekedStream(InputStream rest, byte[] head) {
      this.rest = rest;
      this.head = head;
    }

    byte[] head() {
      return head.clone();
    }

    @Override
    public int read() throws IOException {
      return used < head.length ? head[used++] & 0xff : rest.read();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (used == head.length) {
        return rest.read(buffer, offset, length);
      }
      int count = Math.min(length, head.length - used);
      System.arraycopy(head, used, buffer, offset, count);
      used += count;
      return count;
    }

    @Override
    public int available() throws IOException {
      return head.length - used + rest.available();
    }

    @Override
    public void close() throws IOException {
      rest.close();
    }
  }
}
