package dev.carafe.agent.image.layer;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Hashes and counts what is read through it, and refuses more than a limit. Closing it does not
 * close its source. Not thread-safe.
 */
public final class MeasuredStream extends InputStream {
  /** Makes the error for a stream that is too long. */
  @FunctionalInterface
  public interface TooLong {
    /** The exception to throw once more than {@code limit} bytes came. */
    RuntimeException error(long limit);
  }

  private final InputStream in;
  private final String algorithm;
  private final MessageDigest hash;
  private final long limit;
  private final TooLong tooLong;
  private final byte[] one = new byte[1];
  private long count;
  private boolean ended;
  private @Nullable Digest digest;

  /** Measures {@code in} with the hash of {@code like}. */
  public MeasuredStream(InputStream in, Digest like, long limit, TooLong tooLong) {
    this.in = requireNonNull(in, "in is null");
    this.algorithm = like.algorithm();
    this.hash = like.newMessageDigest();
    this.limit = limit;
    this.tooLong = requireNonNull(tooLong, "tooLong is null");
  }

  @Override
  public int read() throws IOException {
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = in.read(buffer, offset, length);
    if (read < 0) {
      ended = true;
      return read;
    }
    hash.update(buffer, offset, read);
    count += read;
    if (count > limit) {
      throw tooLong.error(limit);
    }
    return read;
  }

  /**
   * At least 1 until the end was seen: GZIPInputStream takes 0 between two members for the end of
   * the file, and network streams say 0 whenever they have to wait.
   */
  @Override
  public int available() {
    return ended ? 0 : 1;
  }

  /** Bytes read so far. */
  public long count() {
    return count;
  }

  /** Reads to the end and tells the digest of all. */
  public Digest finish() throws IOException {
    if (digest == null) {
      byte[] rest = new byte[8192];
      while (read(rest, 0, rest.length) >= 0) {}
      digest = Digest.of(algorithm, hash.digest());
    }
    return digest;
  }

  /** Leaves the source open: it may still have to be read to its end for the digest. */
  @Override
  public void close() {}
}
