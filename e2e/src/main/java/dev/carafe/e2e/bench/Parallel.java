package dev.carafe.e2e.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** Some clients that share a queue of work. */
final class Parallel {
  private Parallel() {}

  /**
   * Does work 0 to {@code count - 1} with {@code clients} threads; returns when all is done.
   *
   * @return the results in the order of the numbers
   * @throws IllegalStateException with the first failure as its cause
   */
  static <T> List<T> map(int count, int clients, IntFunction<T> work) throws InterruptedException {
    AtomicInteger next = new AtomicInteger();
    List<Future<T>> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
      for (int i = 0; i < count; i++) {
        results.add(threads.submit(() -> work.apply(next.getAndIncrement())));
      }
      List<T> values = new ArrayList<>();
      for (Future<T> result : results) {
        values.add(result.get());
      }
      return values;
    } catch (ExecutionException failed) {
      throw new IllegalStateException("a client failed: " + failed.getCause(), failed.getCause());
    }
  }
}
