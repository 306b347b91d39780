package dev.carafe.agent.cri;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ContainerEventResponse;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EventQueueTest {
  private final FakeCall<ContainerEventResponse> client = new FakeCall<>();
  private final LongAdder total = new LongAdder();
  private final EventQueue queue = new EventQueue(client, total);

  private static ContainerEventResponse event(int number) {
    return ContainerEventResponse.newBuilder().setCreatedAt(number).build();
  }

  @Test
  void aClientThatReadsGetsEachEventAtOnce() {
    client.ready = true;
    queue.offer(event(1));
    queue.offer(event(2));
    assertThat(client.sent).containsExactly(event(1), event(2));
    assertThat(queue.dropped()).isZero();
  }

  @Test
  void whatWaitsIsSentInOrderWhenTheClientReadsAgain() {
    queue.offer(event(1));
    queue.offer(event(2));
    assertThat(client.sent).isEmpty();
    client.ready = true;
    queue.drain();
    queue.offer(event(3));
    assertThat(client.sent).containsExactly(event(1), event(2), event(3));
  }

  @Test
  void beyondTheLimitEventsAreDroppedAndCounted() {
    IntStream.range(0, EventQueue.LIMIT + 5).forEach(number -> queue.offer(event(number)));
    assertThat(queue.dropped()).isEqualTo(5);
    client.ready = true;
    queue.drain();
    assertThat(client.sent).hasSize(EventQueue.LIMIT).endsWith(event(EventQueue.LIMIT - 1));
    queue.offer(event(7));
    assertThat(client.sent).endsWith(event(7));
    assertThat(queue.dropped()).isEqualTo(5);
    assertThat(total.sum()).isEqualTo(5);
  }
}
