package dev.carafe.e2e.kubelet;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.Container;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.ContainerStatusRequest;
import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.PodSandboxStatusRequest;
import dev.carafe.e2e.client.CriClient;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The kubelet's generic PLEG: lists pods and containers, compares with the list before, and asks
 * for the status of the pods in which something changed. {@link #exit} is thread-safe.
 */
public final class Relist {
  private final CriClient client;
  private final Latencies lists = new Latencies();
  private final Latencies statuses = new Latencies();
  private final Map<String, CompletableFuture<ContainerStatus>> awaited = new ConcurrentHashMap<>();
  private Map<String, ContainerState> known = new HashMap<>();

  /** Relists of this runtime. */
  public Relist(CriClient client) {
    this.client = requireNonNull(client, "client is null");
  }

  /** Done when a relist has seen this container's end, with its status. */
  public CompletableFuture<ContainerStatus> exit(String containerId) {
    return awaited.computeIfAbsent(containerId, _ -> new CompletableFuture<>());
  }

  /** One relist. */
  public void run() {
    lists.time(() -> client.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()));
    Map<String, ContainerState> now = new HashMap<>();
    Set<String> changedPods = new LinkedHashSet<>();
    Set<String> ended = new LinkedHashSet<>();
    for (Container container :
        lists
            .time(() -> client.runtime().listContainers(ListContainersRequest.getDefaultInstance()))
            .getContainersList()) {
      now.put(container.getId(), container.getState());
      if (container.getState() != known.get(container.getId())) {
        changedPods.add(container.getPodSandboxId());
        if (container.getState() == ContainerState.CONTAINER_EXITED) {
          ended.add(container.getId());
        }
      }
    }
    known = now;
    for (String pod : changedPods) {
      statuses.time(() ->
          client
              .runtime()
              .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build()));
    }
    for (String id : ended) {
      ContainerStatusRequest request =
          ContainerStatusRequest.newBuilder().setContainerId(id).build();
      exit(id).complete(statuses.time(() -> client.runtime().containerStatus(request)).getStatus());
    }
  }

  /** Forgets a container that was removed. */
  public void forget(String containerId) {
    awaited.remove(containerId);
  }

  /** ListPodSandbox and ListContainers. */
  public Latencies lists() {
    return lists;
  }

  /** PodSandboxStatus and ContainerStatus. */
  public Latencies statuses() {
    return statuses;
  }
}
