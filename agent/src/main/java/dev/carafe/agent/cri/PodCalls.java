package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.agent.pod.PodState;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.ListPodSandboxResponse;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PodSandboxFilter;
import dev.carafe.cri.v1.PodSandboxStatusRequest;
import dev.carafe.cri.v1.PodSandboxStatusResponse;
import dev.carafe.cri.v1.RemovePodSandboxRequest;
import dev.carafe.cri.v1.RemovePodSandboxResponse;
import dev.carafe.cri.v1.RunPodSandboxRequest;
import dev.carafe.cri.v1.RunPodSandboxResponse;
import dev.carafe.cri.v1.RuntimeServiceGrpc.AsyncService;
import dev.carafe.cri.v1.StopPodSandboxRequest;
import dev.carafe.cri.v1.StopPodSandboxResponse;
import dev.carafe.cri.v1.StreamPodSandboxesRequest;
import dev.carafe.cri.v1.StreamPodSandboxesResponse;
import dev.carafe.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.carafe.cri.v1.UpdatePodSandboxResourcesResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** The life of pods. Thread-safe. */
public final class PodCalls implements AsyncService {
  private final PodManager pods;
  private final VerboseInfo info;
  private final Calls calls;
  private final Rendered<PodState, PodSandbox> summaries =
      new Rendered<>(PodMapper::summary, PodSandbox.parser());

  /** Answers from these. */
  public PodCalls(PodManager pods, VerboseInfo info, Calls calls) {
    this.pods = requireNonNull(pods, "pods is null");
    this.info = requireNonNull(info, "info is null");
    this.calls = requireNonNull(calls, "calls is null");
  }

  @Override
  public void runPodSandbox(
      RunPodSandboxRequest request, StreamObserver<RunPodSandboxResponse> observer) {
    calls.blocking(
        "RunPodSandbox",
        observer,
        caller -> {
          PodSandboxConfig config = Requests.pod(request.getConfig());
          String id = pods.run(config, request.getRuntimeHandler(), caller);
          return RunPodSandboxResponse.newBuilder().setPodSandboxId(id).build();
        });
  }

  @Override
  public void stopPodSandbox(
      StopPodSandboxRequest request, StreamObserver<StopPodSandboxResponse> observer) {
    calls.blocking(
        "StopPodSandbox",
        observer,
        () -> {
          pods.stop(Requests.required("pod_sandbox_id", request.getPodSandboxId()));
          return StopPodSandboxResponse.getDefaultInstance();
        });
  }

  @Override
  public void removePodSandbox(
      RemovePodSandboxRequest request, StreamObserver<RemovePodSandboxResponse> observer) {
    calls.blocking(
        "RemovePodSandbox",
        observer,
        () -> {
          pods.remove(Requests.required("pod_sandbox_id", request.getPodSandboxId()));
          return RemovePodSandboxResponse.getDefaultInstance();
        });
  }

  @Override
  public void updatePodSandboxResources(
      UpdatePodSandboxResourcesRequest request,
      StreamObserver<UpdatePodSandboxResourcesResponse> observer) {
    calls.blocking(
        "UpdatePodSandboxResources",
        observer,
        () -> {
          pods.update(
              Requests.required("pod_sandbox_id", request.getPodSandboxId()),
              request.getOverhead(),
              request.getResources());
          return UpdatePodSandboxResourcesResponse.getDefaultInstance();
        });
  }

  @Override
  public void podSandboxStatus(
      PodSandboxStatusRequest request, StreamObserver<PodSandboxStatusResponse> observer) {
    calls.quickUnless(request.getVerbose(), "PodSandboxStatus", observer, () -> podStatus(request));
  }

  private PodSandboxStatusResponse podStatus(PodSandboxStatusRequest request) {
    Pod pod = pods.require(Requests.required("pod_sandbox_id", request.getPodSandboxId()));
    PodSandboxStatusResponse.Builder response =
        PodSandboxStatusResponse.newBuilder().setStatus(PodMapper.status(pod.state()));
    if (request.getVerbose()) {
      response.putInfo("info", info.pod(pod));
    }
    return response.build();
  }

  @Override
  public void listPodSandbox(
      ListPodSandboxRequest request, StreamObserver<ListPodSandboxResponse> observer) {
    Calls.quick(
        "ListPodSandbox",
        observer,
        () -> ListPodSandboxResponse.newBuilder().addAllItems(pods(request.getFilter())).build());
  }

  @Override
  public void streamPodSandboxes(
      StreamPodSandboxesRequest request, StreamObserver<StreamPodSandboxesResponse> observer) {
    calls.listing(
        "StreamPodSandboxes",
        observer,
        () -> pods(request.getFilter()),
        items -> StreamPodSandboxesResponse.newBuilder().addAllPodSandboxes(items).build());
  }

  private List<PodSandbox> pods(PodSandboxFilter filter) {
    return pods.list().stream()
        .filter(pod -> PodMapper.matches(pod, filter))
        .map(summaries::of)
        .toList();
  }
}
