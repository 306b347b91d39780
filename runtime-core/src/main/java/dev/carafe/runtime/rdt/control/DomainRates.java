package dev.carafe.runtime.rdt.control;

import dev.carafe.runtime.rdt.mon.Counters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** What groups moved between two looks, by memory domain. Not thread-safe. */
public final class DomainRates {
  private static final double NANOS = 1e9;

  private final Map<Path, Look> before = new HashMap<>();

  private record Look(long nanos, SortedMap<Integer, Counters> domains) {}

  /**
   * Bytes per second since the last call for this group. A domain is left out when one of the two
   * looks has no counter, and when the counter went back: a monitoring group in it was removed.
   *
   * @param group directory of a control group
   */
  public Map<Integer, Double> next(Path group) throws IOException {
    Look now = new Look(System.nanoTime(), Counters.read(group));
    Look last = before.put(group, now);
    Map<Integer, Double> rates = new HashMap<>();
    if (last == null || now.nanos() <= last.nanos()) {
      return rates;
    }
    double seconds = (now.nanos() - last.nanos()) / NANOS;
    now.domains()
        .forEach((domain, counters) -> {
          Long moved = moved(last.domains().get(domain), counters);
          if (moved != null) {
            rates.put(domain, moved / seconds);
          }
        });
    return rates;
  }

  private static @Nullable Long moved(@Nullable Counters last, Counters now) {
    Long to = now.totalBytes();
    Long from = last == null ? null : last.totalBytes();
    return to == null || from == null || to - from < 0 ? null : Long.valueOf(to - from);
  }
}
