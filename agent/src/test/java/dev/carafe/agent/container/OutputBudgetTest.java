package dev.carafe.agent.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OutputBudgetTest {
  private final OutputBudget budget = new OutputBudget();

  @Test
  void smallOutputsNeverWaitForALargeOne() throws Exception {
    budget.open().grow(OutputBudget.OWN_SHARE + 1);

    CompletableFuture<Void> small =
        CompletableFuture.runAsync(() -> {
          try (OutputBudget.Share share = budget.open()) {
            share.grow(OutputBudget.OWN_SHARE);
          } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
          }
        });

    assertThat(small).succeedsWithin(10, TimeUnit.SECONDS);
  }

  @Test
  void oneLargeOutputAtATimeAndTheNextWhenItIsSent() throws Exception {
    OutputBudget.Share first = budget.open();
    first.grow(OutputBudget.OWN_SHARE + 1);
    CountDownLatch asking = new CountDownLatch(1);
    CompletableFuture<Void> second =
        CompletableFuture.runAsync(() -> {
          try (OutputBudget.Share share = budget.open()) {
            asking.countDown();
            share.grow(OutputBudget.OWN_SHARE + 1);
          } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
          }
        });
    asking.await();
    first.grow(1 << 20);
    assertThat(second).isNotDone();

    first.close();

    assertThat(second.get(10, TimeUnit.SECONDS)).isNull();
  }
}
