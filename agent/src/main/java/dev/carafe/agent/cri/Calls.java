package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.name.Caller;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * How rpcs are carried out: what only reads memory is answered on the event loop, what blocks runs
 * on a virtual thread of its own. Thread-safe.
 */
public final class Calls implements AutoCloseable {
  /** Items in one message of a listing; a container takes about 1.5 KB. */
  private static final int LISTED = 200;

  private final ExecutorService blocking =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("rpc-", 0).factory());

  /** The body of a unary rpc. */
  @FunctionalInterface
  public interface Body<T> {
    T run() throws Exception;
  }

  /** The body of a unary rpc that outlives its caller. */
  @FunctionalInterface
  interface BodyWithCaller<T> {
    T run(Caller caller) throws Exception;
  }

  /** Answers at once, on the calling thread: {@code body} must not block. */
  static <T> void quick(String rpc, StreamObserver<T> observer, Body<T> body) {
    answer(rpc, observer, body);
  }

  /** Answers at once, or from a virtual thread when this call must read the disk. */
  <T> void quickUnless(boolean reads, String rpc, StreamObserver<T> observer, Body<T> body) {
    if (reads) {
      blocking(rpc, observer, body);
    } else {
      quick(rpc, observer, body);
    }
  }

  /** Answers from a virtual thread. */
  public <T> void blocking(String rpc, StreamObserver<T> observer, Body<T> body) {
    requireNonNull(body, "body is null");
    tolerateLeaving(observer);
    blocking.execute(TracedCalls.carried(() -> answer(rpc, observer, body)));
  }

  /**
   * Answers from a virtual thread, and tells {@code body} when the caller goes before its answer.
   */
  <T> void blocking(String rpc, StreamObserver<T> observer, BodyWithCaller<T> body) {
    tolerateLeaving(observer);
    Context context = Context.current();
    Caller caller = action -> context.addListener(gone -> onCancel(gone, action), Runnable::run);
    blocking.execute(TracedCalls.carried(() -> answer(rpc, observer, () -> body.run(caller))));
  }

  /**
   * Answers a stream from a virtual thread: the items of one snapshot, each once, in messages of at
   * most 200; nothing at all when there are none.
   */
  <I, T> void listing(
      String rpc, StreamObserver<T> observer, Body<List<I>> body, Function<List<I>, T> message) {
    tolerateLeaving(observer);
    blocking.execute(() -> {
      List<I> items;
      try {
        items = body.run();
      } catch (Exception | LinkageError failure) {
        observer.onError(StatusMapper.map(rpc, failure));
        return;
      }
      for (int at = 0; at < items.size(); at += LISTED) {
        observer.onNext(message.apply(items.subList(at, Math.min(at + LISTED, items.size()))));
      }
      observer.onCompleted();
    });
  }

  /** An answer to a client that has left is dropped; without a handler gRPC would throw here. */
  private static void tolerateLeaving(StreamObserver<?> observer) {
    if (observer instanceof ServerCallStreamObserver<?> call) {
      call.setOnCancelHandler(() -> {});
    }
  }

  private static void onCancel(Context context, Runnable action) {
    // gRPC also cancels the context of a call that ended well, without a cause.
    if (context.cancellationCause() != null) {
      action.run();
    }
  }

  private static <T> void answer(String rpc, StreamObserver<T> observer, Body<T> body) {
    T reply;
    try {
      reply = body.run();
    } catch (Exception | LinkageError failure) {
      observer.onError(StatusMapper.map(rpc, failure));
      return;
    }
    observer.onNext(reply);
    observer.onCompleted();
  }

  @Override
  public void close() {
    blocking.close();
  }
}
