package dev.carafe.agent.cri;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reading that waits for nothing but the processor, shared by two of them. */
final class Halves {
  private Halves() {}

  /**
   * The results for both halves of a list, in its order; a virtual thread does the second half
   * meanwhile.
   *
   * @throws java.util.concurrent.CompletionException when the work on the second half failed
   */
  static <S, T> List<T> map(List<S> items, Function<List<S>, List<T>> work) {
    int middle = items.size() / 2;
    CompletableFuture<List<T>> second =
        CompletableFuture.supplyAsync(
            () -> work.apply(items.subList(middle, items.size())), Thread::startVirtualThread);
    List<T> first = work.apply(items.subList(0, middle));
    return Stream.concat(first.stream(), second.join().stream()).toList();
  }
}
