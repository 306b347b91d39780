package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.checkpoint.CheckpointRules;
import dev.carafe.agent.checkpoint.Criu;
import dev.carafe.agent.config.RuntimeHandlers;
import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.cri.v1.CheckpointContainerRequest;
import dev.carafe.cri.v1.CheckpointContainerResponse;
import dev.carafe.cri.v1.CheckpointPodRequest;
import dev.carafe.cri.v1.CheckpointPodResponse;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.RestorePodRequest;
import dev.carafe.cri.v1.RestorePodResponse;
import dev.carafe.cri.v1.RuntimeServiceGrpc.AsyncService;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checkpoints: each request is held to its rules, then CRIU is asked whether it works here, and its
 * reason is the answer. What it could save where it works is not saved yet. Thread-safe.
 */
public final class CheckpointCalls implements AsyncService {
  private final PodManager pods;
  private final ContainerManager containers;
  private final RuntimeHandlers handlers;
  private final Criu criu;
  private final Calls calls;

  /** Checkpoints of these. */
  public CheckpointCalls(
      PodManager pods,
      ContainerManager containers,
      RuntimeHandlers handlers,
      Criu criu,
      Calls calls) {
    this.pods = requireNonNull(pods, "pods is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.handlers = requireNonNull(handlers, "handlers is null");
    this.criu = requireNonNull(criu, "criu is null");
    this.calls = requireNonNull(calls, "calls is null");
  }

  @Override
  public void checkpointContainer(
      CheckpointContainerRequest request, StreamObserver<CheckpointContainerResponse> observer) {
    calls.blocking(
        "CheckpointContainer",
        observer,
        () -> {
          containers.requireRunning(
              Requests.required("container_id", request.getContainerId()), "checkpoint");
          if (request.getTimeout() < 0) {
            throw Failure.invalid(
                "timeout: %d; expected seconds, or 0".formatted(request.getTimeout()));
          }
          CheckpointRules.location(request.getLocation());
          throw refusal();
        });
  }

  @Override
  public void checkpointPod(
      CheckpointPodRequest request, StreamObserver<CheckpointPodResponse> observer) {
    boolean deadline = Context.current().getDeadline() != null;
    calls.blocking(
        "CheckpointPod",
        observer,
        () -> {
          Pod pod = pods.require(Requests.required("pod_sandbox_id", request.getPodSandboxId()));
          CheckpointRules.deadline(deadline);
          CheckpointRules.options(request.getOptionsMap());
          pod.requireShim();
          CheckpointRules.selection(request.getContainerIdsList(), running(pod));
          CheckpointRules.output(request.getOutputPath());
          throw refusal();
        });
  }

  @Override
  public void restorePod(RestorePodRequest request, StreamObserver<RestorePodResponse> observer) {
    boolean deadline = Context.current().getDeadline() != null;
    calls.blocking(
        "RestorePod",
        observer,
        () -> {
          Requests.pod(request.getConfig());
          CheckpointRules.deadline(deadline);
          CheckpointRules.options(request.getOptionsMap());
          handlers.require(request.getRuntimeHandler());
          names(request.getContainerConfigsList());
          CheckpointRules.checkpoint(request.getCheckpointPath());
          throw refusal();
        });
  }

  private Failure refusal() throws InterruptedException {
    criu.require();
    return Failure.unimplemented(
        "CRIU works on this node, but this runtime does not save what it dumps yet");
  }

  private List<String> running(Pod pod) {
    return containers.list().stream()
        .filter(container -> container.record().podId().equals(pod.id()))
        .filter(container -> container.phase() == ContainerState.Phase.RUNNING)
        .map(ContainerState::id)
        .toList();
  }

  private static void names(List<ContainerConfig> configs) {
    if (configs.isEmpty()) {
      throw Failure.invalid("container_configs is empty: expected one for each container");
    }
    Set<String> names = new HashSet<>();
    for (ContainerConfig config : configs) {
      String name = Requests.container(config).getMetadata().getName();
      if (!names.add(name)) {
        throw Failure.invalid("container_configs: the name \"%s\" is there twice".formatted(name));
      }
    }
  }
}
