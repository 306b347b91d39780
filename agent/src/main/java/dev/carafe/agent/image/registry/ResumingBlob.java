package dev.carafe.agent.image.registry;

import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A blob's bytes over as many connections as it takes: each new one begins at the byte reached.
 * Fails when several in a row bring nothing, or when no byte came for the progress time-out. Not
 * thread-safe.
 */
final class ResumingBlob extends InputStream {
  private static final int MAX_FRUITLESS = 5;

  private final RepositoryClient repository;
  private final Descriptor descriptor;
  private final Duration progressTimeout;
  private @Nullable InputStream body;
  private long position;
  private int fruitless;
  private long lastByteNanos = System.nanoTime();

  ResumingBlob(RepositoryClient repository, Descriptor descriptor, Duration progressTimeout) {
    this.repository = repository;
    this.descriptor = descriptor;
    this.progressTimeout = progressTimeout;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    // Time that the reader spent elsewhere is not the registry's.
    lastByteNanos = System.nanoTime();
    while (true) {
      try {
        int count = open().read(buffer, offset, length);
        if (count >= 0) {
          position += count;
          fruitless = 0;
          return count;
        }
        if (position >= descriptor.size()) {
          return -1;
        }
        retry(new IOException("it ended at byte %d of %d".formatted(position, descriptor.size())));
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        retry(e);
      }
    }
  }

  private InputStream open() throws IOException {
    InputStream open = body;
    if (open == null) {
      try {
        RepositoryClient.BlobBody opened = repository.blobFrom(descriptor, position);
        open = opened.in();
        body = open;
        skip(open, position - opened.start());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("reading was cancelled");
      }
    }
    return open;
  }

  /** The time in which a server without ranges sends again what it sent is no silence. */
  private void skip(InputStream open, long bytes) throws IOException {
    byte[] again = new byte[1 << 14];
    long last = System.nanoTime();
    for (long left = bytes; left > 0; ) {
      int count = open.read(again, 0, (int) Math.min(left, again.length));
      if (count < 0) {
        throw new IOException("it ended before byte %d, which was reached".formatted(position));
      }
      left -= count;
      long now = System.nanoTime();
      lastByteNanos += now - last;
      last = now;
    }
  }

  private void retry(IOException cause) throws IOException {
    close();
    long silent = System.nanoTime() - lastByteNanos;
    if (silent >= progressTimeout.toNanos()) {
      throw new ImageException.PullTimedOut(
          "no byte of blob %s came for %d s"
              .formatted(descriptor.digest(), progressTimeout.toSeconds()),
          cause);
    }
    if (++fruitless > MAX_FRUITLESS) {
      throw new ImageException.RegistryUnavailable(
          "blob %s broke off at byte %d of %d, %d times in a row: %s"
              .formatted(
                  descriptor.digest(), position, descriptor.size(), fruitless, cause.getMessage()),
          cause);
    }
    try {
      Thread.sleep(HostSession.pause(fruitless));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("reading was cancelled");
    }
  }

  @Override
  public void close() throws IOException {
    InputStream open = body;
    body = null;
    if (open != null) {
      open.close();
    }
  }
}
