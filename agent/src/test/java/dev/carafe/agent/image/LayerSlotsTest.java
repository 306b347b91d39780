package dev.carafe.agent.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LayerSlotsTest {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final LayerSlots slots = new LayerSlots(2);

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  @Test
  void noMoreAreTakenThanThereAre() throws Exception {
    AtomicInteger holding = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      all.add(
          threads.submit(() -> {
            LayerSlots.Slot slot = slots.take();
            most.accumulateAndGet(holding.incrementAndGet(), Math::max);
            LockSupport.parkNanos(100_000);
            holding.decrementAndGet();
            slot.close();
            return null;
          }));
    }
    for (Future<?> each : all) {
      each.get(30, TimeUnit.SECONDS);
    }
    assertThat(most.get()).isBetween(1, 2);
  }

  @Test
  void whoWaitsForAnotherLayerIsInNobodysWay() throws Exception {
    CountDownLatch below = new CountDownLatch(1);
    CountDownLatch waiting = new CountDownLatch(2);
    List<Future<String>> both = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      both.add(
          threads.submit(() -> {
            try (LayerSlots.Slot slot = slots.take()) {
              return slot.without(() -> {
                waiting.countDown();
                below.await();
                return "done";
              });
            }
          }));
    }
    assertThat(waiting.await(30, TimeUnit.SECONDS)).isTrue();
    LayerSlots.Slot lower = threads.submit(slots::take).get(30, TimeUnit.SECONDS);
    below.countDown();
    lower.close();
    for (Future<String> each : both) {
      assertThat(each.get(30, TimeUnit.SECONDS)).isEqualTo("done");
    }
    assertAllFree();
  }

  @Test
  void whoIsInterruptedLeavesNoSlotTaken() throws Exception {
    Future<?> waiter =
        threads.submit(() -> {
          try (LayerSlots.Slot slot = slots.take()) {
            return slot.without(() -> {
              new CountDownLatch(1).await();
              return "";
            });
          }
        });
    waiter.cancel(true);
    assertAllFree();
    assertThatThrownBy(() -> new LayerSlots(0)).hasMessageContaining("0 slots");
  }

  private void assertAllFree() throws Exception {
    try (LayerSlots.Slot first = threads.submit(slots::take).get(30, TimeUnit.SECONDS);
        LayerSlots.Slot second = threads.submit(slots::take).get(30, TimeUnit.SECONDS)) {
      assertThat(first).isNotSameAs(second);
    }
  }
}
