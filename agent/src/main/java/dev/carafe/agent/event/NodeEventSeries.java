package dev.carafe.agent.event;

import dev.carafe.agent.metrics.Metrics;
import dev.carafe.agent.metrics.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** Counts the events of the node, refused classes among them. Thread-safe. */
public final class NodeEventSeries implements Consumer<NodeEvent>, Metrics.Source {
  private static final String REFUSED = "RdtClassRefused";

  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

  @Override
  public void accept(NodeEvent event) {
    counts.computeIfAbsent(event.reason(), reason -> new LongAdder()).increment();
  }

  @Override
  public List<Series> read() {
    List<Series.Sample> samples = new ArrayList<>();
    counts.forEach((reason, count) -> samples.add(Series.Sample.of((double) count.sum(), reason)));
    LongAdder refused = counts.get(REFUSED);
    return List.of(
        new Series(
            Series.Kind.COUNTER,
            "carafe_node_events_total",
            "Events of the node, by their reason.",
            List.of("reason"),
            samples),
        Series.counter(
            "carafe_rdt_class_refused_total",
            "Requests for a class of service that were refused.",
            refused == null ? 0 : (double) refused.sum()));
  }
}
