package dev.carafe.agent.stats;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Turns counters of CPU time into rates: the mean over what is known of the last {@link
 * #WINDOW_NANOS}. Samples come from whoever asks for statistics. Thread-safe.
 */
public final class CpuRates {
  /** How far back a rate looks. */
  public static final long WINDOW_NANOS = 15_000_000_000L;

  /** Samples closer than this replace one another: a window holds a bounded number of them. */
  private static final long SPACING_NANOS = 1_000_000_000L;

  private final Map<String, Deque<Sample>> samples = new ConcurrentHashMap<>();

  /**
   * A counter at one moment.
   *
   * @param timestamp ns since the epoch
   * @param usage ns of CPU time
   */
  private record Sample(long timestamp, long usage) {}

  /**
   * Takes a sample and gives the current rate: 1,000,000,000 is one CPU.
   *
   * @param id of the container or pod
   * @param startedAt when the counter was 0, ns since the epoch: the first sample's baseline
   * @param timestamp when the counter was read, ns since the epoch
   * @param usage the counter, ns
   */
  public long sample(String id, long startedAt, long timestamp, long usage) {
    long[] rate = new long[1];
    samples.compute(
        id,
        (key, known) -> {
          Deque<Sample> window = known == null ? new ArrayDeque<>() : known;
          if (!window.isEmpty() && window.getLast().usage() > usage) {
            window.clear();
          }
          if (window.isEmpty()) {
            window.add(new Sample(startedAt, 0));
          }
          rate[0] = add(window, new Sample(timestamp, usage));
          return window;
        });
    return rate[0];
  }

  private static long add(Deque<Sample> window, Sample now) {
    long horizon = now.timestamp() - WINDOW_NANOS;
    while (window.size() > 1 && secondIsOld(window, horizon)) {
      window.removeFirst();
    }
    Sample oldest = window.getFirst();
    long elapsed = now.timestamp() - oldest.timestamp();
    if (now.timestamp() - window.getLast().timestamp() >= SPACING_NANOS) {
      window.add(now);
    }
    return elapsed <= 0
        ? 0
        : (long) ((double) (now.usage() - oldest.usage()) * 1_000_000_000L / elapsed);
  }

  /** The oldest sample stays until a later one is as old as the window. */
  private static boolean secondIsOld(Deque<Sample> window, long horizon) {
    return window.stream().skip(1).findFirst().filter(s -> s.timestamp() <= horizon).isPresent();
  }

  /** Forgets all containers and pods but these. */
  public void retain(Set<String> ids) {
    samples.keySet().retainAll(ids);
  }
}
