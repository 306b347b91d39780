package dev.carafe.agent.admin;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.admin.v1.NodeGrpc;
import dev.carafe.agent.admin.v1.ReloadRequest;
import dev.carafe.agent.admin.v1.ReloadResponse;
import dev.carafe.agent.admin.v1.WatchEventsRequest;
import dev.carafe.agent.config.ReloadOutcome;
import dev.carafe.agent.cri.Calls;
import dev.carafe.agent.event.NodeEvent;
import dev.carafe.agent.event.NodeEvent.PodName;
import dev.carafe.agent.event.NodeEvents;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** {@code carafe.admin.v1.Node}. Thread-safe. */
public final class NodeService extends NodeGrpc.NodeImplBase {
  private final Supplier<ReloadOutcome> reload;
  private final NodeEvents events;
  private final Calls calls = new Calls();

  /**
   * The service over these.
   *
   * @param reload brings the configuration into force anew
   */
  public NodeService(Supplier<ReloadOutcome> reload, NodeEvents events) {
    this.reload = requireNonNull(reload, "reload is null");
    this.events = requireNonNull(events, "events is null");
  }

  @Override
  public void reload(ReloadRequest request, StreamObserver<ReloadResponse> observer) {
    calls.blocking(
        "Reload",
        observer,
        () -> {
          ReloadOutcome outcome = reload.get();
          return ReloadResponse.newBuilder()
              .setAccepted(outcome.accepted())
              .addAllApplied(outcome.applied())
              .addAllNeedRestart(outcome.needRestart())
              .setMessage(outcome.message())
              .build();
        });
  }

  @Override
  public void watchEvents(
      WatchEventsRequest request, StreamObserver<dev.carafe.agent.admin.v1.NodeEvent> observer) {
    if (!(observer instanceof ServerCallStreamObserver<dev.carafe.agent.admin.v1.NodeEvent> call)) {
      throw new IllegalStateException("gRPC gave no server-side observer");
    }
    Waiting waiting = new Waiting(call);
    Consumer<NodeEvent> listener = event -> waiting.offer(message(event));
    call.setOnReadyHandler(waiting::drain);
    call.setOnCancelHandler(() -> events.unfollow(listener));
    events.follow(request.getAfterSequence(), listener);
  }

  /** Events that one client has not taken yet; the oldest go when it is too slow. */
  private static final class Waiting {
    private static final int LIMIT = 1000;

    private final ServerCallStreamObserver<dev.carafe.agent.admin.v1.NodeEvent> call;
    private final Queue<dev.carafe.agent.admin.v1.NodeEvent> queue = new ArrayDeque<>();

    private Waiting(ServerCallStreamObserver<dev.carafe.agent.admin.v1.NodeEvent> call) {
      this.call = call;
    }

    private synchronized void offer(dev.carafe.agent.admin.v1.NodeEvent event) {
      if (queue.size() == LIMIT) {
        queue.remove();
      }
      queue.add(event);
      drain();
    }

    private synchronized void drain() {
      while (!queue.isEmpty() && call.isReady()) {
        call.onNext(queue.remove());
      }
    }
  }

  private static dev.carafe.agent.admin.v1.NodeEvent message(NodeEvent event) {
    dev.carafe.agent.admin.v1.NodeEvent.Builder message =
        dev.carafe.agent.admin.v1.NodeEvent.newBuilder()
            .setSequence(event.sequence())
            .setTime(event.time())
            .setType(
                switch (event.level()) {
                  case NORMAL -> "Normal";
                  case WARNING -> "Warning";
                })
            .setReason(event.reason())
            .setMessage(event.message());
    PodName pod = event.pod();
    if (pod != null) {
      message
          .setPodNamespace(pod.namespace())
          .setPodName(pod.name())
          .setPodUid(pod.uid())
          .setContainer(pod.container());
    }
    return message.build();
  }
}
