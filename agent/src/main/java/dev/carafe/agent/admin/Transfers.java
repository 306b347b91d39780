package dev.carafe.agent.admin;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.admin.v1.ImageProgress;
import dev.carafe.agent.cri.Calls;
import dev.carafe.agent.image.Progress;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Rpcs that move images and tell how far they are. Thread-safe. */
final class Transfers {
  /** As often as an eye can follow. */
  private static final Duration INTERVAL = Duration.ofMillis(200);

  private final Calls calls;

  Transfers(Calls calls) {
    this.calls = requireNonNull(calls, "calls is null");
  }

  /** One transfer; may block and be interrupted. */
  @FunctionalInterface
  interface Work {
    /**
     * Does it.
     *
     * @param watcher to be given, once, what tells how far it is
     * @return the last message without its blobs
     */
    ImageProgress.Builder run(Consumer<Progress> watcher) throws Exception;
  }

  /** Runs the work on a virtual thread, which is interrupted when the client goes. */
  void run(String rpc, StreamObserver<ImageProgress> observer, Work work) {
    Context context = Context.current();
    calls.blocking(
        rpc,
        observer,
        () -> {
          Thread worker = Thread.currentThread();
          // gRPC cancels the context of a call that ended well too, without a cause.
          Context.CancellationListener gone =
              cancelled -> {
                if (cancelled.cancellationCause() != null) {
                  worker.interrupt();
                }
              };
          context.addListener(gone, Runnable::run);
          Teller teller = new Teller(observer);
          ImageProgress.Builder last;
          try {
            last = work.run(teller::watch);
          } finally {
            context.removeListener(gone);
            teller.stop();
          }
          return last.setDone(true).mergeFrom(teller.message()).build();
        });
  }

  /** Sends what a progress shows, again and again, until it is stopped. */
  private static final class Teller {
    private final StreamObserver<ImageProgress> observer;
    private volatile @Nullable Progress progress;
    private @Nullable Thread thread;

    Teller(StreamObserver<ImageProgress> observer) {
      this.observer = observer;
    }

    void watch(Progress watched) {
      progress = watched;
      thread = Thread.ofVirtual().name("carafe-progress").start(this::tell);
    }

    private void tell() {
      try {
        while (true) {
          Thread.sleep(INTERVAL);
          boolean slow =
              observer instanceof ServerCallStreamObserver<ImageProgress> call && !call.isReady();
          if (!slow) {
            observer.onNext(message());
          }
        }
      } catch (InterruptedException ended) {
        // The last message comes from another thread.
      }
    }

    ImageProgress message() {
      Progress watched = progress;
      ImageProgress.Builder message = ImageProgress.newBuilder();
      if (watched != null) {
        watched.blobs().forEach(blob -> message.addBlobs(AdminService.message(blob)));
      }
      return message.build();
    }

    /** Returns when no message is being sent any more. */
    void stop() throws InterruptedException {
      if (thread != null) {
        thread.interrupt();
        thread.join();
      }
    }
  }
}
