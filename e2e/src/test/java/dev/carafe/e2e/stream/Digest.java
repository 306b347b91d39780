package dev.carafe.e2e.stream;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.locks.LockSupport;

/** Counts bytes and computes their SHA-256, as fast as it is told to read. Thread-safe. */
public final class Digest implements Sink {
  private static final long SECOND = 1_000_000_000L;

  private final MessageDigest digest;
  private long count;
  private volatile long bytesPerSecond;
  private long paceStart;
  private long paceBytes;

  /** Reads at full speed until it is slowed down. */
  public Digest() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }

  /** Reads at most this many bytes a second from now on; 0 for full speed. */
  public synchronized void pace(long limit) {
    bytesPerSecond = limit;
    paceStart = System.nanoTime();
    paceBytes = count;
  }

  @Override
  public void data(byte[] bytes) {
    long wait = take(bytes);
    while (wait > 0 && bytesPerSecond > 0) {
      LockSupport.parkNanos(Math.min(wait, SECOND / 20));
      wait = behind();
    }
  }

  private synchronized long take(byte[] bytes) {
    digest.update(bytes);
    count += bytes.length;
    return behind();
  }

  /** How long nothing may be read to keep the pace, ns. */
  private synchronized long behind() {
    if (bytesPerSecond == 0) {
      return 0;
    }
    long due = (count - paceBytes) * SECOND / bytesPerSecond;
    return due - (System.nanoTime() - paceStart);
  }

  /** How many bytes came. */
  public synchronized long count() {
    return count;
  }

  /** SHA-256 of all that came, in hexadecimal, as sha256sum prints it. */
  public synchronized String hex() {
    try {
      return HexFormat.of().formatHex(((MessageDigest) digest.clone()).digest());
    } catch (CloneNotSupportedException impossible) {
      throw new IllegalStateException("the JDK's digests can be cloned", impossible);
    }
  }
}
