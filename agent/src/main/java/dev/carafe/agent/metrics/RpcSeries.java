package dev.carafe.agent.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts and durations of gRPC calls. Thread-safe. */
public final class RpcSeries {
  private final Map<List<String>, LongAdder> counts = new ConcurrentHashMap<>();
  private final Metrics.Durations durations;

  /** Series of their own in {@code metrics}. */
  public RpcSeries(Metrics metrics) {
    durations =
        metrics.durations(
            "carafe_rpc_duration_seconds",
            "How long unary calls took, from their headers to their status.",
            "method",
            "code");
    metrics.register(() ->
        List.of(
            new Series(
                Series.Kind.COUNTER,
                "carafe_rpc_handled_total",
                "Calls that ended, streams included.",
                List.of("method", "code"),
                samples())));
  }

  /**
   * A call has ended.
   *
   * @param method its bare name
   * @param unary whether it has one request and one answer
   * @param code the gRPC status code's name
   * @param nanos since its headers came
   */
  public void finished(String method, boolean unary, String code, long nanos) {
    counts.computeIfAbsent(List.of(method, code), key -> new LongAdder()).increment();
    if (unary) {
      durations.observe(nanos, method, code);
    }
  }

  private List<Series.Sample> samples() {
    List<Series.Sample> samples = new ArrayList<>();
    counts.forEach((labels, count) -> samples.add(new Series.Sample((double) count.sum(), labels)));
    return samples;
  }
}
