package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.carafe.cri.v1.AttachRequest;
import dev.carafe.cri.v1.CheckpointContainerRequest;
import dev.carafe.cri.v1.CheckpointPodRequest;
import dev.carafe.cri.v1.ContainerStatsRequest;
import dev.carafe.cri.v1.ContainerStatusRequest;
import dev.carafe.cri.v1.CreateContainerRequest;
import dev.carafe.cri.v1.ExecRequest;
import dev.carafe.cri.v1.ExecSyncRequest;
import dev.carafe.cri.v1.PodSandboxStatsRequest;
import dev.carafe.cri.v1.PodSandboxStatusRequest;
import dev.carafe.cri.v1.PortForwardRequest;
import dev.carafe.cri.v1.RemoveContainerRequest;
import dev.carafe.cri.v1.RemovePodSandboxRequest;
import dev.carafe.cri.v1.ReopenContainerLogRequest;
import dev.carafe.cri.v1.RestorePodRequest;
import dev.carafe.cri.v1.RunPodSandboxRequest;
import dev.carafe.cri.v1.RuntimeServiceGrpc;
import dev.carafe.cri.v1.StartContainerRequest;
import dev.carafe.cri.v1.StopContainerRequest;
import dev.carafe.cri.v1.StopPodSandboxRequest;
import dev.carafe.cri.v1.UpdateContainerResourcesRequest;
import dev.carafe.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.carafe.e2e.client.Workload;
import io.grpc.MethodDescriptor;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every rpc that names a pod or a container: an empty id, an unknown one, one in a wrong state. */
class ErrorTableIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final String UNKNOWN = "0123456789abcdef";

  /** What is idempotent, and answers OK for what is gone. */
  private static final Set<String> IDEMPOTENT =
      Set.of("StopPodSandbox", "RemovePodSandbox", "StopContainer", "RemoveContainer");

  /** What names neither a pod nor a container. */
  private static final Set<String> WITHOUT_ID =
      Set.of(
          "Version",
          "Status",
          "RuntimeConfig",
          "UpdateRuntimeConfig",
          "ListPodSandbox",
          "ListContainers",
          "ListContainerStats",
          "ListPodSandboxStats",
          "ListMetricDescriptors",
          "ListPodSandboxMetrics",
          "GetContainerEvents",
          "StreamPodSandboxes",
          "StreamContainers",
          "StreamContainerStats",
          "StreamPodSandboxStats",
          "StreamPodSandboxMetrics");

  private static final Map<String, Consumer<String>> OF_PODS =
      Map.of(
          "StopPodSandbox",
          id ->
              NODE.runtime()
                  .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build()),
          "RemovePodSandbox",
          id ->
              NODE.runtime()
                  .removePodSandbox(
                      RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build()),
          "PodSandboxStatus",
          id ->
              NODE.runtime()
                  .podSandboxStatus(
                      PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).build()),
          "PodSandboxStats",
          id ->
              NODE.runtime()
                  .podSandboxStats(PodSandboxStatsRequest.newBuilder().setPodSandboxId(id).build()),
          "CreateContainer",
          id ->
              NODE.runtime()
                  .createContainer(
                      CreateContainerRequest.newBuilder()
                          .setPodSandboxId(id)
                          .setConfig(shell("c", "true"))
                          .build()),
          "PortForward",
          id ->
              NODE.runtime()
                  .portForward(
                      PortForwardRequest.newBuilder().setPodSandboxId(id).addPort(80).build()),
          "UpdatePodSandboxResources",
          id ->
              NODE.runtime()
                  .updatePodSandboxResources(
                      UpdatePodSandboxResourcesRequest.newBuilder().setPodSandboxId(id).build()),
          "CheckpointPod",
          id ->
              NODE.runtime()
                  .checkpointPod(
                      CheckpointPodRequest.newBuilder()
                          .setPodSandboxId(id)
                          .setOutputPath("/tmp/none")
                          .addContainerIds("c")
                          .build()));

  private static final Map<String, Consumer<String>> OF_CONTAINERS =
      Map.ofEntries(
          Map.entry(
              "StartContainer",
              id ->
                  NODE.runtime()
                      .startContainer(
                          StartContainerRequest.newBuilder().setContainerId(id).build())),
          Map.entry(
              "StopContainer",
              id ->
                  NODE.runtime()
                      .stopContainer(StopContainerRequest.newBuilder().setContainerId(id).build())),
          Map.entry(
              "RemoveContainer",
              id ->
                  NODE.runtime()
                      .removeContainer(
                          RemoveContainerRequest.newBuilder().setContainerId(id).build())),
          Map.entry(
              "ContainerStatus",
              id ->
                  NODE.runtime()
                      .containerStatus(
                          ContainerStatusRequest.newBuilder().setContainerId(id).build())),
          Map.entry(
              "ContainerStats",
              id ->
                  NODE.runtime()
                      .containerStats(
                          ContainerStatsRequest.newBuilder().setContainerId(id).build())),
          Map.entry(
              "UpdateContainerResources",
              id ->
                  NODE.runtime()
                      .updateContainerResources(
                          UpdateContainerResourcesRequest.newBuilder().setContainerId(id).build())),
          Map.entry(
              "ReopenContainerLog",
              id ->
                  NODE.runtime()
                      .reopenContainerLog(
                          ReopenContainerLogRequest.newBuilder().setContainerId(id).build())),
          Map.entry(
              "ExecSync",
              id ->
                  NODE.runtime()
                      .execSync(
                          ExecSyncRequest.newBuilder().setContainerId(id).addCmd("true").build())),
          Map.entry(
              "Exec",
              id ->
                  NODE.runtime()
                      .exec(
                          ExecRequest.newBuilder()
                              .setContainerId(id)
                              .addCmd("true")
                              .setStdout(true)
                              .build())),
          Map.entry(
              "Attach",
              id ->
                  NODE.runtime()
                      .attach(
                          AttachRequest.newBuilder().setContainerId(id).setStdout(true).build())),
          Map.entry(
              "CheckpointContainer",
              id ->
                  NODE.runtime()
                      .checkpointContainer(
                          CheckpointContainerRequest.newBuilder()
                              .setContainerId(id)
                              .setLocation("/tmp/none.tar")
                              .build())));

  private static final Map<String, Runnable> OF_CONFIGURATIONS =
      Map.of(
          "RunPodSandbox",
          () -> NODE.runtime().runPodSandbox(RunPodSandboxRequest.getDefaultInstance()),
          "RestorePod",
          () -> NODE.runtime().restorePod(RestorePodRequest.getDefaultInstance()));

  private static Map<String, Consumer<String>> withIds() {
    Map<String, Consumer<String>> all = new TreeMap<>(OF_PODS);
    all.putAll(OF_CONTAINERS);
    return all;
  }

  @Test
  void noRpcIsLeftOut() {
    Set<String> known = new TreeSet<>(withIds().keySet());
    known.addAll(WITHOUT_ID);
    known.addAll(OF_CONFIGURATIONS.keySet());
    Collection<MethodDescriptor<?, ?>> methods =
        RuntimeServiceGrpc.getServiceDescriptor().getMethods();
    assertThat(methods)
        .extracting(MethodDescriptor::getBareMethodName)
        .containsExactlyInAnyOrderElementsOf(known);
  }

  @TestFactory
  Stream<DynamicTest> anEmptyIdIsInvalid() {
    return withIds().entrySet().stream()
        .map(rpc ->
            dynamicTest(
                rpc.getKey(),
                () -> refused(() -> rpc.getValue().accept(""), Code.INVALID_ARGUMENT)));
  }

  @TestFactory
  Stream<DynamicTest> anEmptyConfigurationIsInvalid() {
    return OF_CONFIGURATIONS.entrySet().stream()
        .map(
            rpc -> dynamicTest(rpc.getKey(), () -> refused(rpc.getValue(), Code.INVALID_ARGUMENT)));
  }

  @TestFactory
  Stream<DynamicTest> anUnknownIdIsNotFoundOrFine() {
    return withIds().entrySet().stream()
        .map(rpc ->
            dynamicTest(
                rpc.getKey(),
                () -> {
                  if (IDEMPOTENT.contains(rpc.getKey())) {
                    rpc.getValue().accept(UNKNOWN);
                  } else {
                    refused(() -> rpc.getValue().accept(UNKNOWN), Code.NOT_FOUND, UNKNOWN);
                  }
                }));
  }

  @TestFactory
  List<DynamicTest> aWrongStateIsAFailedPrecondition() {
    Workload pod = NODE.pod();
    String id = run(pod, shell("c", "true"));
    NODE.awaitExit(id);
    Workload stopped = NODE.pod();
    NODE.runtime()
        .stopPodSandbox(
            StopPodSandboxRequest.newBuilder().setPodSandboxId(stopped.podId()).build());
    Stream<DynamicTest> ofContainers =
        Stream.of(
                "StartContainer",
                "UpdateContainerResources",
                "ReopenContainerLog",
                "ExecSync",
                "Exec",
                "Attach",
                "CheckpointContainer")
            .map(rpc ->
                dynamicTest(
                    rpc,
                    () ->
                        refused(
                            () -> withIds().getOrDefault(rpc, missing -> {}).accept(id),
                            Code.FAILED_PRECONDITION,
                            id)));
    Stream<DynamicTest> ofPods =
        Stream.of("CreateContainer", "PortForward", "UpdatePodSandboxResources", "CheckpointPod")
            .map(rpc ->
                dynamicTest(
                    rpc,
                    () ->
                        refused(
                            () ->
                                withIds().getOrDefault(rpc, missing -> {}).accept(stopped.podId()),
                            Code.FAILED_PRECONDITION,
                            stopped.podId())));
    return Stream.concat(ofContainers, ofPods).toList();
  }

  /** Refused with this code and a sentence that holds these words. */
  private static void refused(Runnable call, Code code, String... words) {
    try {
      call.run();
    } catch (StatusRuntimeException refusal) {
      String sentence = String.valueOf(refusal.getStatus().getDescription());
      assertThat(refusal.getStatus().getCode()).as(sentence).isEqualTo(code);
      assertThat(sentence).contains(" ");
      for (String word : words) {
        assertThat(sentence).contains(word);
      }
      return;
    }
    throw new AssertionError("it was not refused; expected " + code);
  }
}
