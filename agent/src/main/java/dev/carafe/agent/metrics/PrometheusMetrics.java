package dev.carafe.agent.metrics;

import static java.util.Objects.requireNonNull;

import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The registry behind the endpoint: the only class, with its helpers, that loads Prometheus'. */
final class PrometheusMetrics implements Metrics {
  private static final Logger LOG = LogManager.getLogger(PrometheusMetrics.class);

  private static final double NANOS = 1e9;

  /** Seconds: from a call answered out of memory to a pull. */
  private static final double[] BOUNDS = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120
  };

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final List<Source> sources = new CopyOnWriteArrayList<>();

  /**
   * An answer to a scrape.
   *
   * @param contentType of the format that was chosen
   */
  record Exposition(String contentType, ByteBuffer body) {}

  @Override
  public void register(Source source) {
    sources.add(requireNonNull(source, "source is null"));
  }

  @Override
  public Durations durations(String name, String help, String... labels) {
    Histogram histogram =
        Histogram.builder()
            .name(name)
            .help(help)
            .labelNames(labels)
            .classicOnly()
            .classicUpperBounds(BOUNDS)
            .withoutExemplars()
            .register(registry);
    return (nanos, values) -> histogram.labelValues(values).observe(nanos / NANOS);
  }

  /**
   * All series as they are now.
   *
   * @param accept the request's header, null when it has none
   */
  Exposition expose(@Nullable String accept) throws IOException {
    List<MetricSnapshot> all = new ArrayList<>();
    registry.scrape().forEach(all::add);
    Set<String> names = new HashSet<>();
    for (Source source : sources) {
      for (Series series : read(source)) {
        if (names.add(series.name())) {
          all.add(snapshot(series));
        } else {
          LOG.warn("the series {} has two sources; the first one counts", series.name());
        }
      }
    }
    ExpositionFormatWriter writer = formats.findWriter(accept);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    writer.write(body, new MetricSnapshots(all));
    return new Exposition(writer.getContentType(), ByteBuffer.wrap(body.toByteArray()));
  }

  private static List<Series> read(Source source) {
    try {
      return source.read();
    } catch (RuntimeException failure) {
      LOG.warn("a source of metrics fails: {}", failure.toString(), failure);
      return List.of();
    }
  }

  private static MetricSnapshot snapshot(Series series) {
    return switch (series.kind()) {
      case GAUGE -> {
        GaugeSnapshot.Builder gauge =
            GaugeSnapshot.builder().name(series.name()).help(series.help());
        for (Series.Sample sample : series.samples()) {
          gauge.dataPoint(
              new GaugeSnapshot.GaugeDataPointSnapshot(
                  sample.value(), Labels.of(series.labels(), sample.labels()), null));
        }
        yield gauge.build();
      }
      case COUNTER -> {
        CounterSnapshot.Builder counter =
            CounterSnapshot.builder()
                .name(series.name().substring(0, series.name().length() - "_total".length()))
                .help(series.help());
        for (Series.Sample sample : series.samples()) {
          counter.dataPoint(
              new CounterSnapshot.CounterDataPointSnapshot(
                  sample.value(), Labels.of(series.labels(), sample.labels()), null, 0));
        }
        yield counter.build();
      }
    };
  }
}
