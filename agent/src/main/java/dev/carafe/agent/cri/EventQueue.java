package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.ContainerEventResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.LongAdder;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The events that one client has not read yet: at most 1000, what is over is dropped and counted (a
 * kubelet that lost some finds out when it lists). Thread-safe; nothing waits.
 */
final class EventQueue {
  /** Events that may wait for a slow client. */
  static final int LIMIT = 1000;

  private static final Logger LOG = LogManager.getLogger(EventQueue.class);

  private final ServerCallStreamObserver<ContainerEventResponse> call;
  private final Queue<ContainerEventResponse> waiting = new ArrayDeque<>();
  private final LongAdder total;
  private long dropped;
  private long told;

  /**
   * @param total counts what is dropped, of all clients
   */
  EventQueue(ServerCallStreamObserver<ContainerEventResponse> call, LongAdder total) {
    this.call = requireNonNull(call, "call is null");
    this.total = requireNonNull(total, "total is null");
  }

  /** Sends the event as soon as the client takes it. */
  synchronized void offer(ContainerEventResponse event) {
    if (waiting.size() >= LIMIT) {
      dropped++;
      total.increment();
      return;
    }
    waiting.add(event);
    drain();
  }

  /** Sends what the client has room for. */
  synchronized void drain() {
    while (!waiting.isEmpty() && call.isReady()) {
      call.onNext(waiting.remove());
    }
    if (dropped > told && waiting.isEmpty()) {
      LOG.warn(
          "a client of GetContainerEvents was too slow: {} events were dropped", dropped - told);
      told = dropped;
    }
  }

  /** How many events the client has missed. */
  synchronized long dropped() {
    return dropped;
  }
}
