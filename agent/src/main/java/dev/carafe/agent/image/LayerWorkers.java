package dev.carafe.agent.image;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The threads that unpack one image's layers. They are platform threads: decompression never
 * yields, and would keep a carrier from all virtual threads for as long as a layer takes.
 *
 * <p>INVARIANT: work starts in the order of its submission, and a layer waits only for layers that
 * were submitted before it. So some thread always goes on.
 */
final class LayerWorkers implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(LayerWorkers.class);
  private static final int PARALLEL = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          PARALLEL, Thread.ofPlatform().daemon().name("carafe-layer-", 0).factory());

  private final CompletionService<String> done = new ExecutorCompletionService<>(threads);

  Future<String> submit(Callable<String> work) {
    return done.submit(work);
  }

  /** The next to end, well or badly, so that a failure is seen at once. */
  Future<String> nextDone() throws InterruptedException {
    return done.take();
  }

  /**
   * Interrupts what runs, and waits for its end as long as a disk may take to sync, so that what it
   * left half-made is gone when the failure is told.
   */
  @Override
  public void close() {
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("a layer is still being unpacked {} s after its pull ended", PATIENCE.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
