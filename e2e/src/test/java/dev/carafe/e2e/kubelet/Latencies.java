package dev.carafe.e2e.kubelet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How long calls of one kind took. Thread-safe. */
public final class Latencies {
  private final List<Long> nanos = new ArrayList<>();

  /** Something that can be timed. */
  @FunctionalInterface
  public interface Call<T, E extends Exception> {
    /** Makes the call. */
    T make() throws E;
  }

  /** Makes a call and notes how long it took, if it did not fail. */
  public <T, E extends Exception> T time(Call<T, E> call) throws E {
    long start = System.nanoTime();
    T result = call.make();
    add(System.nanoTime() - start);
    return result;
  }

  private synchronized void add(long time) {
    nanos.add(time);
  }

  /** How many there were. */
  public synchronized int count() {
    return nanos.size();
  }

  /**
   * The time within which this many of a hundred calls ended; zero without any call.
   *
   * @param percent 1 to 100
   */
  public synchronized Duration percentile(int percent) {
    if (nanos.isEmpty()) {
      return Duration.ZERO;
    }
    List<Long> sorted = new ArrayList<>(nanos);
    Collections.sort(sorted);
    int index = (int) Math.ceil(sorted.size() * percent / 100.0) - 1;
    return Duration.ofNanos(sorted.get(index));
  }

  @Override
  public String toString() {
    return "%d calls, p50 %.1f ms, p99 %.1f ms, max %.1f ms"
        .formatted(
            count(),
            percentile(50).toNanos() / 1e6,
            percentile(99).toNanos() / 1e6,
            percentile(100).toNanos() / 1e6);
  }
}
