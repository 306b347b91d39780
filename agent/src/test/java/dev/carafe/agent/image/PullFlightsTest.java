package dev.carafe.agent.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.image.registry.Credentials;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageConfig;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.metrics.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class PullFlightsTest {
  private static final ImageReference REFERENCE = ImageReference.parse("a.b/c");
  private static final Image IMAGE =
      new Image(
          Digest.of(new byte[0]),
          List.of(),
          List.of(),
          1,
          ImageConfig.NONE,
          List.of(),
          "",
          0,
          false);

  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch interrupted = new CountDownLatch(1);
  private final AtomicInteger pulls = new AtomicInteger();
  private final PullFlights flights =
      new PullFlights(
          (reference, credentials, progress) -> {
            pulls.incrementAndGet();
            started.countDown();
            try {
              release.await();
            } catch (InterruptedException e) {
              interrupted.countDown();
              throw e;
            }
            return IMAGE;
          },
          new PullSeries(Metrics.NONE));

  private static PullRequest request(Credentials credentials, Duration timeout) {
    return new PullRequest("a.b/c", credentials, timeout);
  }

  private static PullRequest patient() {
    return new PullRequest("a.b/c", new Credentials.None(), null);
  }

  @Test
  void callersOfOneImageShareOnePull() throws Exception {
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Image>> results = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        results.add(callers.submit(() -> flights.pull(REFERENCE, patient(), progress -> {})));
      }
      Awaitility.await().until(() -> flights.waiting() == 10);
      release.countDown();
      for (Future<Image> result : results) {
        assertThat(result.get(10, TimeUnit.SECONDS)).isEqualTo(IMAGE);
      }
    }
    assertThat(pulls).hasValue(1);
  }

  @Test
  void otherCredentialsPullForThemselves() throws Exception {
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Image> one = callers.submit(() -> flights.pull(REFERENCE, patient(), progress -> {}));
      Future<Image> two =
          callers.submit(() ->
              flights.pull(
                  REFERENCE,
                  request(new Credentials.Basic("u", "p"), Duration.ofMinutes(1)),
                  progress -> {}));
      Awaitility.await().until(() -> pulls.get() == 2);
      release.countDown();
      assertThat(one.get(10, TimeUnit.SECONDS)).isEqualTo(two.get(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void deadlineOfOneLeavesThePullToTheOthers() throws Exception {
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Image> other =
          callers.submit(() -> flights.pull(REFERENCE, patient(), progress -> {}));
      assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(() ->
              flights.pull(
                  REFERENCE, request(new Credentials.None(), Duration.ofMillis(1)), progress -> {}))
          .isInstanceOf(ImageException.PullTimedOut.class)
          .hasMessageContaining("a.b/c");
      release.countDown();
      assertThat(other.get(10, TimeUnit.SECONDS)).isEqualTo(IMAGE);
    }
    assertThat(pulls).hasValue(1);
  }

  @Test
  void lastToGiveUpStopsThePullAndTheNextStartsAnew() throws Exception {
    assertThatThrownBy(() ->
            flights.pull(
                REFERENCE, request(new Credentials.None(), Duration.ofMillis(50)), progress -> {}))
        .isInstanceOf(ImageException.PullTimedOut.class);
    assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    release.countDown();
    assertThat(flights.pull(REFERENCE, patient(), progress -> {})).isEqualTo(IMAGE);
    assertThat(pulls).hasValue(2);
  }
}
