package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.container.ExecResult;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.agent.pod.PodState;
import dev.carafe.cri.v1.AttachRequest;
import dev.carafe.cri.v1.AttachResponse;
import dev.carafe.cri.v1.Container;
import dev.carafe.cri.v1.ContainerEventResponse;
import dev.carafe.cri.v1.ContainerFilter;
import dev.carafe.cri.v1.ContainerStatsRequest;
import dev.carafe.cri.v1.ContainerStatsResponse;
import dev.carafe.cri.v1.ContainerStatusRequest;
import dev.carafe.cri.v1.ContainerStatusResponse;
import dev.carafe.cri.v1.CreateContainerRequest;
import dev.carafe.cri.v1.CreateContainerResponse;
import dev.carafe.cri.v1.ExecRequest;
import dev.carafe.cri.v1.ExecResponse;
import dev.carafe.cri.v1.ExecSyncRequest;
import dev.carafe.cri.v1.ExecSyncResponse;
import dev.carafe.cri.v1.GetEventsRequest;
import dev.carafe.cri.v1.ListContainerStatsRequest;
import dev.carafe.cri.v1.ListContainerStatsResponse;
import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListContainersResponse;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.ListPodSandboxResponse;
import dev.carafe.cri.v1.ListPodSandboxStatsRequest;
import dev.carafe.cri.v1.ListPodSandboxStatsResponse;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PodSandboxFilter;
import dev.carafe.cri.v1.PodSandboxStatsRequest;
import dev.carafe.cri.v1.PodSandboxStatsResponse;
import dev.carafe.cri.v1.PodSandboxStatusRequest;
import dev.carafe.cri.v1.PodSandboxStatusResponse;
import dev.carafe.cri.v1.PortForwardRequest;
import dev.carafe.cri.v1.PortForwardResponse;
import dev.carafe.cri.v1.RemoveContainerRequest;
import dev.carafe.cri.v1.RemoveContainerResponse;
import dev.carafe.cri.v1.RemovePodSandboxRequest;
import dev.carafe.cri.v1.RemovePodSandboxResponse;
import dev.carafe.cri.v1.ReopenContainerLogRequest;
import dev.carafe.cri.v1.ReopenContainerLogResponse;
import dev.carafe.cri.v1.RunPodSandboxRequest;
import dev.carafe.cri.v1.RunPodSandboxResponse;
import dev.carafe.cri.v1.RuntimeConfigRequest;
import dev.carafe.cri.v1.RuntimeConfigResponse;
import dev.carafe.cri.v1.RuntimeServiceGrpc;
import dev.carafe.cri.v1.StartContainerRequest;
import dev.carafe.cri.v1.StartContainerResponse;
import dev.carafe.cri.v1.StatusRequest;
import dev.carafe.cri.v1.StatusResponse;
import dev.carafe.cri.v1.StopContainerRequest;
import dev.carafe.cri.v1.StopContainerResponse;
import dev.carafe.cri.v1.StopPodSandboxRequest;
import dev.carafe.cri.v1.StopPodSandboxResponse;
import dev.carafe.cri.v1.StreamContainerStatsRequest;
import dev.carafe.cri.v1.StreamContainerStatsResponse;
import dev.carafe.cri.v1.StreamContainersRequest;
import dev.carafe.cri.v1.StreamContainersResponse;
import dev.carafe.cri.v1.StreamPodSandboxStatsRequest;
import dev.carafe.cri.v1.StreamPodSandboxStatsResponse;
import dev.carafe.cri.v1.StreamPodSandboxesRequest;
import dev.carafe.cri.v1.StreamPodSandboxesResponse;
import dev.carafe.cri.v1.UpdateContainerResourcesRequest;
import dev.carafe.cri.v1.UpdateContainerResourcesResponse;
import dev.carafe.cri.v1.UpdateRuntimeConfigRequest;
import dev.carafe.cri.v1.UpdateRuntimeConfigResponse;
import dev.carafe.cri.v1.VersionRequest;
import dev.carafe.cri.v1.VersionResponse;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;

/**
 * The CRI's RuntimeService, thin: each rpc checks its request, makes one domain call and renders
 * the answer. Rpcs that are not overridden answer UNIMPLEMENTED.
 */
public final class RuntimeService extends RuntimeServiceGrpc.RuntimeServiceImplBase {
  private final PodManager pods;
  private final ContainerManager containers;
  private final NodeStatus node;
  private final StatsCalls stats;
  private final VerboseInfo info;
  private final StreamCalls streams;
  private final EventCalls events;
  private final Calls calls = new Calls();

  /** The service over these parts. */
  public RuntimeService(
      PodManager pods,
      ContainerManager containers,
      NodeStatus node,
      StatsCalls stats,
      VerboseInfo info,
      StreamCalls streams,
      EventCalls events) {
    this.pods = requireNonNull(pods, "pods is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.node = requireNonNull(node, "node is null");
    this.stats = requireNonNull(stats, "stats is null");
    this.info = requireNonNull(info, "info is null");
    this.streams = requireNonNull(streams, "streams is null");
    this.events = requireNonNull(events, "events is null");
  }

  @Override
  public void version(VersionRequest request, StreamObserver<VersionResponse> observer) {
    Calls.quick("Version", observer, node::version);
  }

  @Override
  public void status(StatusRequest request, StreamObserver<StatusResponse> observer) {
    calls.blocking("Status", observer, () -> node.status(request.getVerbose()));
  }

  @Override
  public void runtimeConfig(
      RuntimeConfigRequest request, StreamObserver<RuntimeConfigResponse> observer) {
    Calls.quick("RuntimeConfig", observer, node::runtimeConfig);
  }

  @Override
  public void updateRuntimeConfig(
      UpdateRuntimeConfigRequest request, StreamObserver<UpdateRuntimeConfigResponse> observer) {
    Calls.quick("UpdateRuntimeConfig", observer, UpdateRuntimeConfigResponse::getDefaultInstance);
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
  public void podSandboxStatus(
      PodSandboxStatusRequest request, StreamObserver<PodSandboxStatusResponse> observer) {
    calls.quickUnless(request.getVerbose(), "PodSandboxStatus", observer, () -> podStatus(request));
  }

  private PodSandboxStatusResponse podStatus(PodSandboxStatusRequest request) {
    PodState pod =
        pods.require(Requests.required("pod_sandbox_id", request.getPodSandboxId())).state();
    PodSandboxStatusResponse.Builder response =
        PodSandboxStatusResponse.newBuilder().setStatus(PodMapper.status(pod));
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
        .map(PodMapper::summary)
        .toList();
  }

  @Override
  public void createContainer(
      CreateContainerRequest request, StreamObserver<CreateContainerResponse> observer) {
    calls.blocking(
        "CreateContainer",
        observer,
        caller -> {
          String pod = Requests.required("pod_sandbox_id", request.getPodSandboxId());
          String id = containers.create(pod, Requests.container(request.getConfig()), caller);
          return CreateContainerResponse.newBuilder().setContainerId(id).build();
        });
  }

  @Override
  public void startContainer(
      StartContainerRequest request, StreamObserver<StartContainerResponse> observer) {
    calls.blocking(
        "StartContainer",
        observer,
        () -> {
          containers.start(Requests.required("container_id", request.getContainerId()));
          return StartContainerResponse.getDefaultInstance();
        });
  }

  @Override
  public void stopContainer(
      StopContainerRequest request, StreamObserver<StopContainerResponse> observer) {
    calls.blocking(
        "StopContainer",
        observer,
        () -> {
          containers.stop(
              Requests.required("container_id", request.getContainerId()),
              Duration.ofSeconds(Math.max(0, request.getTimeout())));
          return StopContainerResponse.getDefaultInstance();
        });
  }

  @Override
  public void removeContainer(
      RemoveContainerRequest request, StreamObserver<RemoveContainerResponse> observer) {
    calls.blocking(
        "RemoveContainer",
        observer,
        () -> {
          containers.remove(Requests.required("container_id", request.getContainerId()));
          return RemoveContainerResponse.getDefaultInstance();
        });
  }

  @Override
  public void listContainers(
      ListContainersRequest request, StreamObserver<ListContainersResponse> observer) {
    Calls.quick(
        "ListContainers",
        observer,
        () ->
            ListContainersResponse.newBuilder()
                .addAllContainers(containers(request.getFilter()))
                .build());
  }

  @Override
  public void streamContainers(
      StreamContainersRequest request, StreamObserver<StreamContainersResponse> observer) {
    calls.listing(
        "StreamContainers",
        observer,
        () -> containers(request.getFilter()),
        items -> StreamContainersResponse.newBuilder().addAllContainers(items).build());
  }

  private List<Container> containers(ContainerFilter filter) {
    return containers.list().stream()
        .filter(container -> ContainerMapper.matches(container, filter))
        .map(ContainerMapper::summary)
        .toList();
  }

  @Override
  public void containerStatus(
      ContainerStatusRequest request, StreamObserver<ContainerStatusResponse> observer) {
    calls.quickUnless(
        request.getVerbose(), "ContainerStatus", observer, () -> containerStatus(request));
  }

  private ContainerStatusResponse containerStatus(ContainerStatusRequest request) {
    ContainerState container =
        containers.require(Requests.required("container_id", request.getContainerId())).state();
    ContainerStatusResponse.Builder response =
        ContainerStatusResponse.newBuilder().setStatus(ContainerMapper.status(container));
    if (request.getVerbose()) {
      response.putInfo("info", info.container(container));
    }
    return response.build();
  }

  @Override
  public void updateContainerResources(
      UpdateContainerResourcesRequest request,
      StreamObserver<UpdateContainerResourcesResponse> observer) {
    calls.blocking(
        "UpdateContainerResources",
        observer,
        () -> {
          containers.update(
              Requests.required("container_id", request.getContainerId()), request.getLinux());
          return UpdateContainerResourcesResponse.getDefaultInstance();
        });
  }

  @Override
  public void reopenContainerLog(
      ReopenContainerLogRequest request, StreamObserver<ReopenContainerLogResponse> observer) {
    calls.blocking(
        "ReopenContainerLog",
        observer,
        () -> {
          containers.reopenLog(Requests.required("container_id", request.getContainerId()));
          return ReopenContainerLogResponse.getDefaultInstance();
        });
  }

  @Override
  public void execSync(ExecSyncRequest request, StreamObserver<ExecSyncResponse> observer) {
    calls.blocking(
        "ExecSync",
        observer,
        () -> {
          ExecResult result =
              containers.execSync(
                  Requests.required("container_id", request.getContainerId()),
                  request.getCmdList(),
                  Duration.ofSeconds(Math.max(0, request.getTimeout())));
          return ExecSyncResponse.newBuilder()
              .setStdout(ByteString.copyFrom(result.stdout()))
              .setStderr(ByteString.copyFrom(result.stderr()))
              .setExitCode(result.exitCode())
              .build();
        });
  }

  @Override
  public void getContainerEvents(
      GetEventsRequest request, StreamObserver<ContainerEventResponse> observer) {
    events.stream(observer);
  }

  @Override
  public void exec(ExecRequest request, StreamObserver<ExecResponse> observer) {
    Calls.quick("Exec", observer, () -> streams.exec(request));
  }

  @Override
  public void attach(AttachRequest request, StreamObserver<AttachResponse> observer) {
    Calls.quick("Attach", observer, () -> streams.attach(request));
  }

  @Override
  public void portForward(
      PortForwardRequest request, StreamObserver<PortForwardResponse> observer) {
    Calls.quick("PortForward", observer, () -> streams.portForward(request));
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
