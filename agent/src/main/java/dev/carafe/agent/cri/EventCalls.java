package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.event.Event;
import dev.carafe.agent.event.EventHub;
import dev.carafe.agent.metrics.Metrics;
import dev.carafe.agent.metrics.Series;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.cri.v1.ContainerEventResponse;
import dev.carafe.cri.v1.ContainerEventType;
import dev.carafe.cri.v1.GetEventsRequest;
import dev.carafe.cri.v1.RuntimeServiceGrpc.AsyncService;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * GetContainerEvents: what happens from the call on, with the pod's and its containers' status at
 * that moment. Thread-safe.
 */
public final class EventCalls implements AsyncService, Metrics.Source {
  private final EventHub hub;
  private final PodManager pods;
  private final ContainerManager containers;
  private final LongAdder dropped = new LongAdder();

  /** Events of these. */
  public EventCalls(EventHub hub, PodManager pods, ContainerManager containers) {
    this.hub = requireNonNull(hub, "hub is null");
    this.pods = requireNonNull(pods, "pods is null");
    this.containers = requireNonNull(containers, "containers is null");
  }

  /** Sends events until the client goes. */
  @Override
  public void getContainerEvents(
      GetEventsRequest request, StreamObserver<ContainerEventResponse> observer) {
    if (!(observer instanceof ServerCallStreamObserver<ContainerEventResponse> call)) {
      throw new IllegalStateException("gRPC gave no server-side observer");
    }
    EventQueue queue = new EventQueue(call, dropped);
    Consumer<Event> listener = event -> queue.offer(render(event));
    call.setOnReadyHandler(queue::drain);
    call.setOnCancelHandler(() -> hub.remove(listener));
    hub.add(listener);
  }

  @Override
  public List<Series> read() {
    return List.of(
        Series.counter(
            "carafe_container_events_dropped_total",
            "Events that clients of GetContainerEvents were too slow for.",
            (double) dropped.sum()));
  }

  private ContainerEventResponse render(Event event) {
    ContainerEventResponse.Builder message =
        ContainerEventResponse.newBuilder()
            .setContainerId(event.id())
            .setContainerEventType(type(event.kind()))
            .setCreatedAt(event.createdAt());
    Pod pod = pods.find(event.podId());
    if (pod != null) {
      message.setPodSandboxStatus(PodMapper.status(pod.state()));
    }
    for (ContainerState container : containers.list()) {
      if (container.record().podId().equals(event.podId())) {
        message.addContainersStatuses(ContainerMapper.status(container));
      }
    }
    return message.build();
  }

  private static ContainerEventType type(Event.Kind kind) {
    return switch (kind) {
      case CREATED -> ContainerEventType.CONTAINER_CREATED_EVENT;
      case STARTED -> ContainerEventType.CONTAINER_STARTED_EVENT;
      case STOPPED -> ContainerEventType.CONTAINER_STOPPED_EVENT;
      case DELETED -> ContainerEventType.CONTAINER_DELETED_EVENT;
    };
  }
}
