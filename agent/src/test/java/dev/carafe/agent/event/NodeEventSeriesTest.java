package dev.carafe.agent.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.event.NodeEvent.Level;
import dev.carafe.agent.metrics.Series.Sample;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class NodeEventSeriesTest {
  @Test
  void eventsAreCountedByReason() {
    NodeEvents events = new NodeEvents(() -> Instant.EPOCH);
    NodeEventSeries series = new NodeEventSeries();
    events.publish(Level.NORMAL, "Reloaded", "before it listened", null);
    events.follow(0, series);
    events.publish(Level.WARNING, "RdtClassRefused", "a", null);
    events.publish(Level.WARNING, "RdtClassRefused", "b", null);
    assertThat(series.read().get(0).samples())
        .containsExactlyInAnyOrder(Sample.of(1, "Reloaded"), Sample.of(2, "RdtClassRefused"));
    assertThat(series.read().get(1).samples()).containsExactly(Sample.of(2));
    assertThat(new NodeEventSeries().read().get(1).samples()).containsExactly(Sample.of(0));
  }
}
