package dev.carafe.agent.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class EventHubTest {
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(100));
  private final EventHub hub = new EventHub(now::get);

  @Test
  void everyListenerHearsAllInOneOrder() throws Exception {
    List<Event> first = new ArrayList<>();
    List<Event> second = new ArrayList<>();
    hub.add(first::add);
    hub.add(second::add);
    int threads = 8;
    int each = 200;
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < threads; i++) {
        String id = "c" + i;
        executor.execute(() -> {
          try {
            go.await(10, TimeUnit.SECONDS);
          } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
          }
          for (int n = 0; n < each; n++) {
            hub.publish(Event.Kind.STARTED, id, "p" + n);
          }
        });
      }
      go.countDown();
    }
    assertThat(first).hasSize(threads * each).isEqualTo(second);
    assertThat(first).extracting(Event::createdAt).isSorted().doesNotHaveDuplicates();
    assertThat(first)
        .filteredOn(event -> event.id().equals("c3"))
        .extracting(Event::podId)
        .startsWith("p0", "p1", "p2")
        .hasSize(each);
  }

  @Test
  void timeNeverGoesBackWhateverTheClockDoes() {
    List<Event> heard = new ArrayList<>();
    hub.add(heard::add);
    hub.publish(Event.Kind.CREATED, "c", "p");
    now.set(Instant.ofEpochSecond(50));
    hub.publish(Event.Kind.STARTED, "c", "p");
    now.set(Instant.ofEpochSecond(200));
    hub.publish(Event.Kind.STOPPED, "c", "p");

    assertThat(heard)
        .extracting(Event::createdAt)
        .containsExactly(100_000_000_000L, 100_000_000_001L, 200_000_000_000L);
  }

  @Test
  void whoHasLeftHearsNothing() {
    List<Event> heard = new ArrayList<>();
    java.util.function.Consumer<Event> listener = heard::add;
    hub.add(listener);
    hub.publish(Event.Kind.CREATED, "c", "p");
    hub.remove(listener);
    hub.publish(Event.Kind.DELETED, "c", "p");
    assertThat(heard).extracting(Event::kind).containsExactly(Event.Kind.CREATED);
  }
}
