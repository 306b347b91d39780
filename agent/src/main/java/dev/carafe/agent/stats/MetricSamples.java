package dev.carafe.agent.stats;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.Metric;
import java.util.ArrayList;
import java.util.List;

/** Collects the metrics of one pod or container. For one thread. */
public final class MetricSamples {
  private static final long SECOND = 1_000_000_000L;

  private final long timestamp;
  private final List<String> base;
  private final List<Metric> metrics = new ArrayList<>();

  /**
   * Nothing yet.
   *
   * @param timestamp of all samples, ns since the epoch
   * @param base values of {@link MetricKind#BASE_LABELS}
   */
  public MetricSamples(long timestamp, List<String> base) {
    this.timestamp = timestamp;
    this.base = List.copyOf(base);
    if (base.size() != MetricKind.BASE_LABELS.size()) {
      throw new IllegalArgumentException(
          "%d values for the labels %s".formatted(base.size(), MetricKind.BASE_LABELS));
    }
  }

  /**
   * Adds a number.
   *
   * @param own values of the labels that this kind has beside the common ones
   */
  void add(MetricKind kind, long value, String... own) {
    requireNonNull(kind, "kind is null");
    int wanted = kind.descriptor().getLabelKeysCount() - base.size();
    if (own.length != wanted) {
      throw new IllegalArgumentException(
          "%s has %d labels of its own, not %d".formatted(kind, wanted, own.length));
    }
    metrics.add(
        Metric.newBuilder()
            .setName(kind.descriptor().getName())
            .setTimestamp(timestamp)
            .setMetricType(kind.type())
            .addAllLabelValues(base)
            .addAllLabelValues(List.of(own))
            .setValue(Usage.value(value))
            .build());
  }

  /** Adds a time, given in ns. */
  void addSeconds(MetricKind kind, long nanos, String... own) {
    add(kind, nanos / SECOND, own);
  }

  /** Says when the samples were taken and when their subject was started, both ns. */
  public void addTimes(long startedAt) {
    addSeconds(MetricKind.START_TIME, startedAt);
    addSeconds(MetricKind.LAST_SEEN, timestamp);
  }

  /** All that was added. */
  public List<Metric> list() {
    return List.copyOf(metrics);
  }
}
