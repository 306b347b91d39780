package dev.carafe.e2e.kubelet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Work that repeats, each kind on a virtual thread of its own, until it is closed. A turn that
 * takes longer than its period delays the next. Thread-safe.
 */
public final class Loops implements AutoCloseable {
  private final List<Thread> threads = new ArrayList<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /** One turn. */
  @FunctionalInterface
  public interface Turn {
    /** Does it. */
    void run() throws Exception;
  }

  /** Repeats a turn; a failure of it is kept and the loop goes on. */
  public synchronized void every(Duration period, String name, Turn turn) {
    threads.add(Thread.ofVirtual().name(name).start(() -> repeat(period, turn)));
  }

  private void repeat(Duration period, Turn turn) {
    long next = System.nanoTime();
    while (!closed) {
      try {
        turn.run();
      } catch (Exception | AssertionError failure) {
        if (!closed) {
          failures.add(failure);
        }
      }
      next = Math.max(next + period.toNanos(), System.nanoTime());
      while (!closed && System.nanoTime() < next) {
        LockSupport.parkNanos(next - System.nanoTime());
      }
    }
  }

  /** What failed so far. */
  public List<Throwable> failures() {
    return List.copyOf(failures);
  }

  /** Ends after the turns under way. */
  @Override
  public void close() {
    closed = true;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
