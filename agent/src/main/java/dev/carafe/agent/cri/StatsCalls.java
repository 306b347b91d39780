package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.cri.v1.ContainerStatsRequest;
import dev.carafe.cri.v1.ContainerStatsResponse;
import dev.carafe.cri.v1.ListContainerStatsRequest;
import dev.carafe.cri.v1.ListContainerStatsResponse;
import dev.carafe.cri.v1.ListPodSandboxStatsRequest;
import dev.carafe.cri.v1.ListPodSandboxStatsResponse;
import dev.carafe.cri.v1.PodSandboxStatsRequest;
import dev.carafe.cri.v1.PodSandboxStatsResponse;
import dev.carafe.cri.v1.RuntimeServiceGrpc.AsyncService;
import dev.carafe.cri.v1.StreamContainerStatsRequest;
import dev.carafe.cri.v1.StreamContainerStatsResponse;
import dev.carafe.cri.v1.StreamPodSandboxStatsRequest;
import dev.carafe.cri.v1.StreamPodSandboxStatsResponse;
import io.grpc.stub.StreamObserver;

/** Statistics of pods and containers. Thread-safe. */
public final class StatsCalls implements AsyncService {
  private final PodManager pods;
  private final ContainerManager containers;
  private final Statistics stats;
  private final Calls calls;

  /** Answers from these. */
  public StatsCalls(PodManager pods, ContainerManager containers, Statistics stats, Calls calls) {
    this.pods = requireNonNull(pods, "pods is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.stats = requireNonNull(stats, "stats is null");
    this.calls = requireNonNull(calls, "calls is null");
  }

  @Override
  public void containerStats(
      ContainerStatsRequest request, StreamObserver<ContainerStatsResponse> observer) {
    calls.blocking(
        "ContainerStats",
        observer,
        () ->
            ContainerStatsResponse.newBuilder()
                .setStats(
                    stats.container(
                        containers.require(
                            Requests.required("container_id", request.getContainerId()))))
                .build());
  }

  @Override
  public void listContainerStats(
      ListContainerStatsRequest request, StreamObserver<ListContainerStatsResponse> observer) {
    calls.blocking(
        "ListContainerStats",
        observer,
        () ->
            ListContainerStatsResponse.newBuilder()
                .addAllStats(stats.containers(request.getFilter()))
                .build());
  }

  @Override
  public void podSandboxStats(
      PodSandboxStatsRequest request, StreamObserver<PodSandboxStatsResponse> observer) {
    calls.blocking(
        "PodSandboxStats",
        observer,
        () ->
            PodSandboxStatsResponse.newBuilder()
                .setStats(
                    stats.pod(
                        pods.require(
                            Requests.required("pod_sandbox_id", request.getPodSandboxId()))))
                .build());
  }

  @Override
  public void listPodSandboxStats(
      ListPodSandboxStatsRequest request, StreamObserver<ListPodSandboxStatsResponse> observer) {
    calls.blocking(
        "ListPodSandboxStats",
        observer,
        () ->
            ListPodSandboxStatsResponse.newBuilder()
                .addAllStats(stats.pods(request.getFilter()))
                .build());
  }

  @Override
  public void streamContainerStats(
      StreamContainerStatsRequest request, StreamObserver<StreamContainerStatsResponse> observer) {
    calls.listing(
        "StreamContainerStats",
        observer,
        () -> stats.containers(request.getFilter()),
        items -> StreamContainerStatsResponse.newBuilder().addAllContainerStats(items).build());
  }

  @Override
  public void streamPodSandboxStats(
      StreamPodSandboxStatsRequest request,
      StreamObserver<StreamPodSandboxStatsResponse> observer) {
    calls.listing(
        "StreamPodSandboxStats",
        observer,
        () -> stats.pods(request.getFilter()),
        items -> StreamPodSandboxStatsResponse.newBuilder().addAllPodSandboxStats(items).build());
  }
}
