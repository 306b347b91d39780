package dev.carafe.agent.image;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * How far the transfer of one image is: written by those who do it, read by whoever wants to know.
 * Thread-safe.
 */
public final class Progress {
  private final Map<Digest, Entry> blobs = new LinkedHashMap<>();
  private final LongAdder total;

  /** What happens to a blob. */
  public enum State {
    /** Nothing yet. */
    WAITING,
    /** It is being read. */
    ACTIVE,
    /** It is here. */
    DONE,
    /** It was here before. */
    PRESENT
  }

  /**
   * A blob at one moment.
   *
   * @param size bytes in all
   * @param done bytes so far
   */
  public record Blob(Digest digest, long size, long done, State state) {
    /** Checks for null. */
    public Blob {
      requireNonNull(digest, "digest is null");
      requireNonNull(state, "state is null");
    }
  }

  private static final class Entry {
    private final long size;
    private final AtomicLong done = new AtomicLong();
    private volatile State state = State.WAITING;

    Entry(long size) {
      this.size = size;
    }
  }

  /** Counts for one transfer alone. */
  public Progress() {
    this(new LongAdder());
  }

  /** Adds the bytes that come to {@code total} as well. */
  Progress(LongAdder total) {
    this.total = requireNonNull(total, "total is null");
  }

  /** The blobs that are known of so far, in the order of the manifest. */
  public List<Blob> blobs() {
    List<Blob> all = new ArrayList<>();
    synchronized (blobs) {
      blobs.forEach(
          (digest, entry) -> all.add(new Blob(digest, entry.size, entry.done.get(), entry.state)));
    }
    return List.copyOf(all);
  }

  /** Blobs that will be read, unless they are here. */
  void expect(List<Descriptor> descriptors) {
    synchronized (blobs) {
      descriptors.forEach(blob -> blobs.putIfAbsent(blob.digest(), new Entry(blob.size())));
    }
  }

  /** A blob need not be read. */
  void present(Descriptor blob) {
    Entry entry = entry(blob);
    entry.done.set(entry.size);
    entry.state = State.PRESENT;
  }

  /** A blob has been read and is in place. */
  void done(Descriptor blob) {
    Entry entry = entry(blob);
    entry.done.set(entry.size);
    entry.state = State.DONE;
  }

  /** The blob's stream, which counts what is read of it. */
  InputStream counting(Descriptor blob, InputStream in) {
    Entry entry = entry(blob);
    entry.state = State.ACTIVE;
    return new Counting(in, entry);
  }

  /** The blob's destination, which counts what is written of it. */
  OutputStream counting(Descriptor blob, OutputStream out) {
    Entry entry = entry(blob);
    entry.state = State.ACTIVE;
    return new FilterOutputStream(out) {
      @Override
      public void write(int b) throws IOException {
        out.write(b);
        entry.done.incrementAndGet();
      }

      @Override
      public void write(byte[] buffer, int offset, int length) throws IOException {
        out.write(buffer, offset, length);
        entry.done.addAndGet(length);
      }
    };
  }

  private Entry entry(Descriptor blob) {
    synchronized (blobs) {
      return blobs.computeIfAbsent(blob.digest(), digest -> new Entry(blob.size()));
    }
  }

  private final class Counting extends FilterInputStream {
    private final Entry entry;

    Counting(InputStream in, Entry entry) {
      super(in);
      this.entry = entry;
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      count(b < 0 ? 0 : 1);
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = in.read(buffer, offset, length);
      count(Math.max(n, 0));
      return n;
    }

    private void count(int n) {
      entry.done.addAndGet(n);
      total.add(n);
    }
  }
}
