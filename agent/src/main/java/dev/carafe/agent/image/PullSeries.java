package dev.carafe.agent.image;

import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.metrics.Metrics;
import dev.carafe.agent.metrics.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts pulls: how they end, what they bring, how long they take. Thread-safe. */
final class PullSeries implements Metrics.Source {
  private final Map<String, LongAdder> results = new ConcurrentHashMap<>();
  private final LongAdder bytes = new LongAdder();
  private final AtomicInteger active = new AtomicInteger();
  private final Metrics.Durations durations;

  PullSeries(Metrics metrics) {
    durations =
        metrics.durations(
            "carafe_image_pull_duration_seconds", "How long pulls took, by their end.", "result");
    metrics.register(this);
  }

  /** Where the bytes of pulls are added up. */
  LongAdder bytes() {
    return bytes;
  }

  /** A pull has begun; a pull that callers share counts once. */
  void begun() {
    active.incrementAndGet();
  }

  /**
   * A pull has ended.
   *
   * @param failure null if it brought its image
   */
  void ended(@Nullable Throwable failure, long nanos) {
    active.decrementAndGet();
    String result = failure == null ? "ok" : result(failure);
    results.computeIfAbsent(result, key -> new LongAdder()).increment();
    durations.observe(nanos, result);
  }

  private static String result(Throwable failure) {
    if (!(failure instanceof ImageException known)) {
      return failure instanceof InterruptedException ? "cancelled" : "failed";
    }
    return switch (known) {
      case ImageException.NotFound e -> "not_found";
      case ImageException.Unauthorized e -> "unauthorized";
      case ImageException.RegistryUnavailable e -> "registry_unavailable";
      case ImageException.SignatureRefused e -> "refused";
      case ImageException.DiskFull e -> "disk_full";
      case ImageException.PullTimedOut e -> "timed_out";
      case ImageException.Cancelled e -> "cancelled";
      case ImageException.DigestMismatch e -> "corrupt";
      case ImageException.InvalidImage e -> "corrupt";
      case ImageException.CorruptLayer e -> "corrupt";
      case ImageException.InvalidReference e -> "failed";
      case ImageException.InvalidHostsFile e -> "failed";
      case ImageException.StoreFailure e -> "failed";
      case ImageException.Pinned e -> "failed";
    };
  }

  @Override
  public List<Series> read() {
    List<Series.Sample> samples = new ArrayList<>();
    results.forEach((result, count) -> samples.add(Series.Sample.of((double) count.sum(), result)));
    return List.of(
        new Series(
            Series.Kind.COUNTER,
            "carafe_image_pulls_total",
            "Pulls that ended, by their end; one that several callers shared counts once.",
            List.of("result"),
            samples),
        Series.gauge("carafe_image_pulls_active", "Pulls under way.", active.get()),
        Series.counter(
            "carafe_image_pull_bytes_total",
            "Bytes of blobs that came from registries.",
            (double) bytes.sum()));
  }
}
