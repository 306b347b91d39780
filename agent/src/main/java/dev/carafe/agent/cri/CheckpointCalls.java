package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.checkpoint.CheckpointRules;
import dev.carafe.agent.checkpoint.Checkpoints;
import dev.carafe.agent.checkpoint.Restores;
import dev.carafe.agent.config.RuntimeHandlers;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.cri.v1.CheckpointContainerRequest;
import dev.carafe.cri.v1.CheckpointContainerResponse;
import dev.carafe.cri.v1.CheckpointPodRequest;
import dev.carafe.cri.v1.CheckpointPodResponse;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.RestorePodRequest;
import dev.carafe.cri.v1.RestorePodResponse;
import dev.carafe.cri.v1.RestoredContainer;
import dev.carafe.cri.v1.RuntimeServiceGrpc.AsyncService;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Checkpoints: each request is held to its rules, then carried out. Thread-safe. */
public final class CheckpointCalls implements AsyncService {
  /** What is left of a deadline for letting go and answering. */
  private static final Duration RESERVE = Duration.ofMillis(200);

  private final Checkpoints checkpoints;
  private final Restores restores;
  private final PodManager pods;
  private final RuntimeHandlers handlers;
  private final Calls calls;

  /** Checkpoints of these. */
  public CheckpointCalls(
      Checkpoints checkpoints,
      Restores restores,
      PodManager pods,
      RuntimeHandlers handlers,
      Calls calls) {
    this.checkpoints = requireNonNull(checkpoints, "checkpoints is null");
    this.restores = requireNonNull(restores, "restores is null");
    this.pods = requireNonNull(pods, "pods is null");
    this.handlers = requireNonNull(handlers, "handlers is null");
    this.calls = requireNonNull(calls, "calls is null");
  }

  @Override
  public void checkpointContainer(
      CheckpointContainerRequest request, StreamObserver<CheckpointContainerResponse> observer) {
    Deadline deadline = Context.current().getDeadline();
    calls.blocking(
        "CheckpointContainer",
        observer,
        () -> {
          String id = Requests.required("container_id", request.getContainerId());
          if (request.getTimeout() < 0) {
            throw Failure.invalid(
                "timeout: %d; expected seconds, or 0".formatted(request.getTimeout()));
          }
          checkpoints.container(
              id, request.getLocation(), limit(Duration.ofSeconds(request.getTimeout()), deadline));
          return CheckpointContainerResponse.getDefaultInstance();
        });
  }

  /** The shorter of both; zero for neither. */
  private static Duration limit(Duration timeout, @Nullable Deadline deadline) {
    if (deadline == null) {
      return timeout;
    }
    Duration left = left(deadline);
    return timeout.isZero() || left.compareTo(timeout) < 0 ? left : timeout;
  }

  private static Duration left(Deadline deadline) {
    Duration left = Duration.ofNanos(deadline.timeRemaining(TimeUnit.NANOSECONDS)).minus(RESERVE);
    return left.isPositive() ? left : Duration.ofNanos(1);
  }

  @Override
  public void checkpointPod(
      CheckpointPodRequest request, StreamObserver<CheckpointPodResponse> observer) {
    Deadline deadline = Context.current().getDeadline();
    calls.blocking(
        "CheckpointPod",
        observer,
        () -> {
          String pod = Requests.required("pod_sandbox_id", request.getPodSandboxId());
          pods.require(pod);
          CheckpointRules.deadline(deadline != null);
          CheckpointRules.options(request.getOptionsMap());
          checkpoints.pod(
              pod,
              request.getContainerIdsList(),
              request.getOutputPath(),
              left(requireNonNull(deadline, "checked")));
          return CheckpointPodResponse.getDefaultInstance();
        });
  }

  @Override
  public void restorePod(RestorePodRequest request, StreamObserver<RestorePodResponse> observer) {
    Context context = Context.current();
    calls.blocking(
        "RestorePod",
        observer,
        () -> {
          Requests.pod(request.getConfig());
          CheckpointRules.deadline(context.getDeadline() != null);
          CheckpointRules.options(request.getOptionsMap());
          handlers.require(request.getRuntimeHandler());
          names(request.getContainerConfigsList());
          Path checkpoint = CheckpointRules.checkpoint(request.getCheckpointPath());
          Restores.RestoredPod pod =
              restores.pod(
                  checkpoint,
                  request.getConfig(),
                  request.getRuntimeHandler(),
                  request.getContainerConfigsList(),
                  context::isCancelled);
          return response(pod);
        });
  }

  private static RestorePodResponse response(Restores.RestoredPod pod) {
    RestorePodResponse.Builder response = RestorePodResponse.newBuilder().setPodSandboxId(pod.id());
    pod.containers()
        .forEach((name, id) ->
            response.addRestoredContainers(
                RestoredContainer.newBuilder().setName(name).setContainerId(id)));
    return response.build();
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
