package dev.carafe.agent.image;

import dev.carafe.agent.image.registry.Credentials;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import dev.carafe.agent.image.store.Image;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Pulls that are under way. Callers that want the same image with the same credentials share one;
 * it is cancelled when the last of them has gone. Thread-safe.
 */
final class PullFlights implements AutoCloseable {
  /** Does one pull; may block and be interrupted. */
  @FunctionalInterface
  interface Puller {
    Image pull(ImageReference reference, Credentials credentials, Progress progress)
        throws InterruptedException;
  }

  private record Key(ImageReference reference, Credentials credentials) {}

  private static final class Flight {
    private final CompletableFuture<Image> result = new CompletableFuture<>();
    private final Progress progress;
    private final Thread thread;
    private int waiting;

    Flight(Key key, Puller puller, PullSeries series) {
      progress = new Progress(series.bytes());
      thread = Thread.ofVirtual().name("carafe-pull").unstarted(() -> fly(key, puller, series));
    }

    private void fly(Key key, Puller puller, PullSeries series) {
      long start = System.nanoTime();
      series.begun();
      try {
        Image image = puller.pull(key.reference(), key.credentials(), progress);
        // Counted before anybody hears of it.
        series.ended(null, System.nanoTime() - start);
        result.complete(image);
      } catch (Throwable thrown) {
        Throwable failure = told(thrown, key);
        series.ended(failure, System.nanoTime() - start);
        result.completeExceptionally(failure);
      }
    }

    private static Throwable told(Throwable thrown, Key key) {
      return switch (thrown) {
        case InterruptedException e ->
            new ImageException.Cancelled("pull of " + key.reference() + " was cancelled");
        case ImageException e -> e.of("pulling " + key.reference());
        default -> thrown;
      };
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Key, Flight> flights = new HashMap<>();
  private final Puller puller;
  private final PullSeries series;

  PullFlights(Puller puller, PullSeries series) {
    this.puller = puller;
    this.series = series;
  }

  /**
   * Waits for the image, joining a pull that is under way.
   *
   * @param watcher is given the progress of the pull before the wait
   */
  Image pull(ImageReference reference, PullRequest request, Consumer<Progress> watcher)
      throws InterruptedException {
    Key key = new Key(reference, request.credentials());
    Flight flight = join(key);
    try {
      watcher.accept(flight.progress);
      return request.timeout() == null
          ? flight.result.get()
          : flight.result.get(request.timeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new ImageException.PullTimedOut(
          "pull of %s took longer than its deadline of %d ms"
              .formatted(reference, request.timeout() == null ? 0 : request.timeout().toMillis()),
          e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ImageException image
          ? image
          : new IllegalStateException("pull of " + reference + " failed", e.getCause());
    } finally {
      leave(key, flight);
    }
  }

  private Flight join(Key key) {
    lock.lock();
    try {
      Flight flight = flights.get(key);
      if (flight == null) {
        flight = new Flight(key, puller, series);
        flights.put(key, flight);
        flight.thread.start();
      }
      flight.waiting++;
      return flight;
    } finally {
      lock.unlock();
    }
  }

  /** How many callers wait now. */
  int waiting() {
    lock.lock();
    try {
      return flights.values().stream().mapToInt(flight -> flight.waiting).sum();
    } finally {
      lock.unlock();
    }
  }

  /** Interrupts all pulls. */
  @Override
  public void close() {
    lock.lock();
    try {
      flights.values().forEach(flight -> flight.thread.interrupt());
    } finally {
      lock.unlock();
    }
  }

  private void leave(Key key, Flight flight) {
    lock.lock();
    try {
      if (--flight.waiting == 0) {
        flights.remove(key, flight);
        flight.thread.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }
}
