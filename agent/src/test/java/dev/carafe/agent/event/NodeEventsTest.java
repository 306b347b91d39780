package dev.carafe.agent.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.event.NodeEvent.Level;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class NodeEventsTest {
  private final NodeEvents events = new NodeEvents(() -> Instant.ofEpochSecond(7));
  private final List<Long> heard = new ArrayList<>();

  @SuppressWarnings("UnnecessaryLambda") // unfollow needs the very object that follows
  private final Consumer<NodeEvent> listener = event -> heard.add(event.sequence());

  private void publish(int count) {
    for (int i = 0; i < count; i++) {
      events.publish(Level.WARNING, "Reason", "message " + i, null);
    }
  }

  @Test
  void whoFollowsHearsThePastAndTheFutureOnce() {
    publish(3);
    events.follow(1, listener);
    publish(2);
    events.unfollow(listener);
    publish(1);
    assertThat(heard).containsExactly(2L, 3L, 4L, 5L);
  }

  @Test
  void theOldestAreForgotten() {
    publish(NodeEvents.KEPT + 2);
    assertThat(events.recent()).hasSize(NodeEvents.KEPT);
    assertThat(events.recent().getFirst().message()).isEqualTo("message 2");
    assertThat(events.recent().getFirst().time()).isEqualTo(7_000_000_000L);
  }
}
