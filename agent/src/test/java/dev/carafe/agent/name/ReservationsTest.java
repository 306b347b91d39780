package dev.carafe.agent.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReservationsTest {
  private final Reservations names = new Reservations("pod");
  private final Gone first = new Gone();

  /** A caller that goes when the test says so. */
  private static final class Gone implements Caller {
    private Runnable action = () -> {};

    @Override
    public void onGone(Runnable whenGone) {
      action = whenGone;
    }

    void go() {
      action.run();
    }
  }

  @Test
  void secondCreationUnderANameIsRefusedAndNamesTheFirst() {
    String id = names.create("a", "digest", first, created -> {});

    assertThatThrownBy(() -> names.create("a", "digest", new Gone(), created -> {}))
        .isInstanceOfSatisfying(
            Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.EXISTS))
        .hasMessageContaining("a already exists (id " + id + ")");
  }

  @Test
  void retryAfterTheCallerWentGetsTheSameThing() {
    String id = names.create("a", "digest", first, created -> {});
    first.go();
    AtomicInteger creations = new AtomicInteger();

    String again = names.create("a", "digest", new Gone(), created -> creations.incrementAndGet());

    assertThat(again).isEqualTo(id);
    assertThat(creations).hasValue(0);
  }

  @Test
  void retryTakesOverWhatIsStillBeingCreated() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch proceed = new CountDownLatch(1);
    CompletableFuture<String> slow =
        CompletableFuture.supplyAsync(() ->
            names.create(
                "a",
                "digest",
                first,
                created -> {
                  begun.countDown();
                  await(proceed);
                }));
    begun.await();
    first.go();
    CompletableFuture<String> retry =
        CompletableFuture.supplyAsync(() -> names.create("a", "digest", new Gone(), created -> {}));
    assertThat(retry).isNotDone();
    proceed.countDown();

    assertThat(retry.get()).isEqualTo(slow.get());
  }

  @Test
  void retryWithAnotherConfigurationIsRefused() {
    names.create("a", "digest", first, created -> {});
    first.go();

    assertThatThrownBy(() -> names.create("a", "other", new Gone(), created -> {}))
        .hasMessageContaining("another configuration");
  }

  @Test
  void onlyOneRetryTakesOver() {
    names.create("a", "digest", first, created -> {});
    first.go();
    names.create("a", "digest", new Gone(), created -> {});

    assertThatThrownBy(() -> names.create("a", "digest", new Gone(), created -> {}))
        .isInstanceOf(Failure.class);
  }

  @Test
  void failedCreationFreesTheName() {
    assertThatThrownBy(() ->
            names.create(
                "a",
                "digest",
                first,
                created -> {
                  throw new IllegalStateException("no");
                }))
        .hasMessage("no");

    assertThat(names.create("a", "digest", new Gone(), created -> {})).matches("[0-9a-f]{64}");
  }

  @Test
  void releaseFreesTheNameOfItsOwnThingOnly() {
    String id = names.create("a", "digest", first, created -> {});

    names.release("a", "another");
    assertThatThrownBy(() -> names.create("a", "digest", new Gone(), created -> {}))
        .isInstanceOf(Failure.class);
    names.release("a", id);

    assertThat(names.create("a", "digest", new Gone(), created -> {})).isNotEqualTo(id);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }
}
