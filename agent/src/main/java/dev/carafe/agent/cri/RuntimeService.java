package dev.carafe.agent.cri;

import dev.carafe.cri.v1.RuntimeServiceGrpc;
import dev.carafe.cri.v1.RuntimeServiceGrpc.AsyncService;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The CRI's RuntimeService: which part answers which rpc. Each part is thin: it checks the request,
 * makes one domain call and renders the answer. What no part takes is answered UNIMPLEMENTED.
 */
public final class RuntimeService implements BindableService {
  private static final AsyncService NOBODY = new AsyncService() {};

  private final Map<String, AsyncService> owners = new HashMap<>();

  /** The service of these parts. */
  public RuntimeService(
      NodeCalls node,
      PodCalls pods,
      ContainerCalls containers,
      StreamCalls streams,
      StatsCalls stats,
      MetricsCalls metrics,
      CheckpointCalls checkpoints,
      EventCalls events) {
    give(
        node,
        List.of(
            RuntimeServiceGrpc.getVersionMethod(),
            RuntimeServiceGrpc.getStatusMethod(),
            RuntimeServiceGrpc.getRuntimeConfigMethod(),
            RuntimeServiceGrpc.getUpdateRuntimeConfigMethod()));
    give(
        pods,
        List.of(
            RuntimeServiceGrpc.getRunPodSandboxMethod(),
            RuntimeServiceGrpc.getStopPodSandboxMethod(),
            RuntimeServiceGrpc.getRemovePodSandboxMethod(),
            RuntimeServiceGrpc.getPodSandboxStatusMethod(),
            RuntimeServiceGrpc.getListPodSandboxMethod(),
            RuntimeServiceGrpc.getStreamPodSandboxesMethod(),
            RuntimeServiceGrpc.getUpdatePodSandboxResourcesMethod()));
    give(
        containers,
        List.of(
            RuntimeServiceGrpc.getCreateContainerMethod(),
            RuntimeServiceGrpc.getStartContainerMethod(),
            RuntimeServiceGrpc.getStopContainerMethod(),
            RuntimeServiceGrpc.getRemoveContainerMethod(),
            RuntimeServiceGrpc.getListContainersMethod(),
            RuntimeServiceGrpc.getStreamContainersMethod(),
            RuntimeServiceGrpc.getContainerStatusMethod(),
            RuntimeServiceGrpc.getUpdateContainerResourcesMethod(),
            RuntimeServiceGrpc.getReopenContainerLogMethod(),
            RuntimeServiceGrpc.getExecSyncMethod()));
    give(
        streams,
        List.of(
            RuntimeServiceGrpc.getExecMethod(),
            RuntimeServiceGrpc.getAttachMethod(),
            RuntimeServiceGrpc.getPortForwardMethod()));
    give(
        stats,
        List.of(
            RuntimeServiceGrpc.getContainerStatsMethod(),
            RuntimeServiceGrpc.getListContainerStatsMethod(),
            RuntimeServiceGrpc.getStreamContainerStatsMethod(),
            RuntimeServiceGrpc.getPodSandboxStatsMethod(),
            RuntimeServiceGrpc.getListPodSandboxStatsMethod(),
            RuntimeServiceGrpc.getStreamPodSandboxStatsMethod()));
    give(
        metrics,
        List.of(
            RuntimeServiceGrpc.getListMetricDescriptorsMethod(),
            RuntimeServiceGrpc.getListPodSandboxMetricsMethod(),
            RuntimeServiceGrpc.getStreamPodSandboxMetricsMethod()));
    give(
        checkpoints,
        List.of(
            RuntimeServiceGrpc.getCheckpointContainerMethod(),
            RuntimeServiceGrpc.getCheckpointPodMethod(),
            RuntimeServiceGrpc.getRestorePodMethod()));
    give(events, List.of(RuntimeServiceGrpc.getGetContainerEventsMethod()));
  }

  private void give(AsyncService part, List<MethodDescriptor<?, ?>> methods) {
    methods.forEach(method -> owners.put(method.getFullMethodName(), part));
  }

  @Override
  public ServerServiceDefinition bindService() {
    ServerServiceDefinition.Builder service =
        ServerServiceDefinition.builder(RuntimeServiceGrpc.getServiceDescriptor());
    for (MethodDescriptor<?, ?> method : RuntimeServiceGrpc.getServiceDescriptor().getMethods()) {
      String name = method.getFullMethodName();
      AsyncService owner = owners.getOrDefault(name, NOBODY);
      service.addMethod(RuntimeServiceGrpc.bindService(owner).getMethod(name));
    }
    return service.build();
  }
}
