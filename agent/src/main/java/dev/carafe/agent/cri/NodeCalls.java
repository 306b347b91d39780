package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.RuntimeConfigRequest;
import dev.carafe.cri.v1.RuntimeConfigResponse;
import dev.carafe.cri.v1.RuntimeServiceGrpc.AsyncService;
import dev.carafe.cri.v1.StatusRequest;
import dev.carafe.cri.v1.StatusResponse;
import dev.carafe.cri.v1.UpdateRuntimeConfigRequest;
import dev.carafe.cri.v1.UpdateRuntimeConfigResponse;
import dev.carafe.cri.v1.VersionRequest;
import dev.carafe.cri.v1.VersionResponse;
import io.grpc.stub.StreamObserver;

/** What concerns the node as a whole: Version, Status, RuntimeConfig. Thread-safe. */
public final class NodeCalls implements AsyncService {
  private final NodeStatus node;
  private final Calls calls;

  /** Answers from these. */
  public NodeCalls(NodeStatus node, Calls calls) {
    this.node = requireNonNull(node, "node is null");
    this.calls = requireNonNull(calls, "calls is null");
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
}
