package dev.carafe.agent.image;

import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that unpack layers. They are platform threads: decompression never yields, and would
 * keep a carrier from all virtual threads for as long as a layer takes.
 *
 * <p>INVARIANT: work starts in the order of its submission, and a layer waits only for layers that
 * were submitted before it. So some thread always goes on.
 */
final class LayerWorkers implements AutoCloseable {
  private static final int PARALLEL = 3;
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor threads;

  LayerWorkers() {
    threads =
        new ThreadPoolExecutor(
            PARALLEL,
            PARALLEL,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("carafe-layer-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  <T> Future<T> submit(Callable<T> work) {
    return threads.submit(work);
  }

  /** Interrupts what runs. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
