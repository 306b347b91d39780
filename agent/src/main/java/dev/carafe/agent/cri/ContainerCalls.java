package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import dev.carafe.agent.checkpoint.Restores;
import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.container.ExecResult;
import dev.carafe.cri.v1.Container;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerFilter;
import dev.carafe.cri.v1.ContainerStatusRequest;
import dev.carafe.cri.v1.ContainerStatusResponse;
import dev.carafe.cri.v1.CreateContainerRequest;
import dev.carafe.cri.v1.CreateContainerResponse;
import dev.carafe.cri.v1.ExecSyncRequest;
import dev.carafe.cri.v1.ExecSyncResponse;
import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListContainersResponse;
import dev.carafe.cri.v1.RemoveContainerRequest;
import dev.carafe.cri.v1.RemoveContainerResponse;
import dev.carafe.cri.v1.ReopenContainerLogRequest;
import dev.carafe.cri.v1.ReopenContainerLogResponse;
import dev.carafe.cri.v1.RuntimeServiceGrpc.AsyncService;
import dev.carafe.cri.v1.StartContainerRequest;
import dev.carafe.cri.v1.StartContainerResponse;
import dev.carafe.cri.v1.StopContainerRequest;
import dev.carafe.cri.v1.StopContainerResponse;
import dev.carafe.cri.v1.StreamContainersRequest;
import dev.carafe.cri.v1.StreamContainersResponse;
import dev.carafe.cri.v1.UpdateContainerResourcesRequest;
import dev.carafe.cri.v1.UpdateContainerResourcesResponse;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;

/** The life of containers, and commands run in them whose output is the answer. Thread-safe. */
public final class ContainerCalls implements AsyncService {
  private final ContainerManager containers;
  private final Restores restores;
  private final VerboseInfo info;
  private final Calls calls;
  private final Rendered<ContainerState, Container> summaries =
      new Rendered<>(ContainerMapper::summary, Container.parser());

  /** Answers from these. */
  public ContainerCalls(
      ContainerManager containers, Restores restores, VerboseInfo info, Calls calls) {
    this.containers = requireNonNull(containers, "containers is null");
    this.restores = requireNonNull(restores, "restores is null");
    this.info = requireNonNull(info, "info is null");
    this.calls = requireNonNull(calls, "calls is null");
  }

  @Override
  public void createContainer(
      CreateContainerRequest request, StreamObserver<CreateContainerResponse> observer) {
    calls.blocking(
        "CreateContainer",
        observer,
        caller -> {
          String pod = Requests.required("pod_sandbox_id", request.getPodSandboxId());
          ContainerConfig config = Requests.container(request.getConfig());
          String id =
              Restores.isArchive(config)
                  ? restores.container(pod, config, caller)
                  : containers.create(pod, config, caller);
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
        .map(summaries::of)
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
}
