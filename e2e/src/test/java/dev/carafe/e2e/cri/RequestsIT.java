package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.Container;
import dev.carafe.cri.v1.ContainerFilter;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ContainerStateValue;
import dev.carafe.cri.v1.ContainerStatsRequest;
import dev.carafe.cri.v1.ContainerStatusRequest;
import dev.carafe.cri.v1.CreateContainerRequest;
import dev.carafe.cri.v1.ExecSyncRequest;
import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.cri.v1.PodSandboxFilter;
import dev.carafe.cri.v1.PodSandboxState;
import dev.carafe.cri.v1.PodSandboxStateValue;
import dev.carafe.cri.v1.PodSandboxStatsRequest;
import dev.carafe.cri.v1.PodSandboxStatusRequest;
import dev.carafe.cri.v1.PullImageRequest;
import dev.carafe.cri.v1.RemoveContainerRequest;
import dev.carafe.cri.v1.RemovePodSandboxRequest;
import dev.carafe.cri.v1.ReopenContainerLogRequest;
import dev.carafe.cri.v1.RunPodSandboxRequest;
import dev.carafe.cri.v1.StartContainerRequest;
import dev.carafe.cri.v1.StopContainerRequest;
import dev.carafe.cri.v1.StopPodSandboxRequest;
import dev.carafe.cri.v1.UpdateContainerResourcesRequest;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;

/** What each rpc wants of its request, and what lists leave out. */
class RequestsIT {
  @RegisterExtension static final CriNode NODE = new CriNode();

  @TestFactory
  List<DynamicTest> anEmptyIdIsRefusedByName() {
    return List.of(
        refuses(
            "pod_sandbox_id",
            () -> NODE.runtime().stopPodSandbox(StopPodSandboxRequest.getDefaultInstance())),
        refuses(
            "pod_sandbox_id",
            () -> NODE.runtime().removePodSandbox(RemovePodSandboxRequest.getDefaultInstance())),
        refuses(
            "pod_sandbox_id",
            () -> NODE.runtime().podSandboxStatus(PodSandboxStatusRequest.getDefaultInstance())),
        refuses(
            "pod_sandbox_id",
            () -> NODE.runtime().podSandboxStats(PodSandboxStatsRequest.getDefaultInstance())),
        refuses(
            "pod_sandbox_id",
            () -> NODE.runtime().createContainer(CreateContainerRequest.getDefaultInstance())),
        refuses(
            "config.metadata",
            () -> NODE.runtime().runPodSandbox(RunPodSandboxRequest.getDefaultInstance())),
        refuses(
            "container_id",
            () -> NODE.runtime().startContainer(StartContainerRequest.getDefaultInstance())),
        refuses(
            "container_id",
            () -> NODE.runtime().stopContainer(StopContainerRequest.getDefaultInstance())),
        refuses(
            "container_id",
            () -> NODE.runtime().removeContainer(RemoveContainerRequest.getDefaultInstance())),
        refuses(
            "container_id",
            () -> NODE.runtime().containerStatus(ContainerStatusRequest.getDefaultInstance())),
        refuses(
            "container_id",
            () -> NODE.runtime().containerStats(ContainerStatsRequest.getDefaultInstance())),
        refuses(
            "container_id", () -> NODE.runtime().execSync(ExecSyncRequest.getDefaultInstance())),
        refuses(
            "container_id",
            () ->
                NODE.runtime().reopenContainerLog(ReopenContainerLogRequest.getDefaultInstance())),
        refuses(
            "container_id",
            () ->
                NODE.runtime()
                    .updateContainerResources(
                        UpdateContainerResourcesRequest.getDefaultInstance())),
        refuses(
            "image",
            () -> NODE.node().client().images().pullImage(PullImageRequest.getDefaultInstance())));
  }

  private static DynamicTest refuses(String field, Executable call) {
    return DynamicTest.dynamicTest(
        field, () -> assertRefused(Code.INVALID_ARGUMENT, call::execute, field));
  }

  @Test
  void listsFilterByIdPodStateAndLabels() {
    Workload one = NODE.pod(NODE.podConfig().putLabels("tier", "a"));
    Workload two = NODE.pod(NODE.podConfig().putLabels("tier", "b"));
    String running = run(one, shell("r", "sleep 1000").putLabels("k", "1"));
    String created = one.create(shell("c", "true").putLabels("k", "2").build());
    String other = run(two, shell("o", "sleep 1000").putLabels("k", "1"));

    assertThat(containers(ContainerFilter.newBuilder())).contains(running, created, other);
    assertThat(containers(ContainerFilter.newBuilder().setId(running))).containsExactly(running);
    assertThat(containers(ContainerFilter.newBuilder().setId(running.substring(0, 13))))
        .containsExactly(running);
    assertThat(containers(ContainerFilter.newBuilder().setPodSandboxId(one.podId())))
        .containsExactlyInAnyOrder(running, created);
    assertThat(containers(ContainerFilter.newBuilder().putLabelSelector("k", "1")))
        .containsExactlyInAnyOrder(running, other);
    assertThat(
            containers(
                ContainerFilter.newBuilder()
                    .setPodSandboxId(one.podId())
                    .setState(
                        ContainerStateValue.newBuilder()
                            .setState(ContainerState.CONTAINER_CREATED))))
        .containsExactly(created);
    assertThat(containers(ContainerFilter.newBuilder().setId("nosuch"))).isEmpty();

    assertThat(pods(PodSandboxFilter.newBuilder().putLabelSelector("tier", "b")))
        .containsExactly(two.podId());
    assertThat(pods(PodSandboxFilter.newBuilder().setId(one.podId()))).containsExactly(one.podId());
    PodSandboxStateValue notReady =
        PodSandboxStateValue.newBuilder().setState(PodSandboxState.SANDBOX_NOTREADY).build();
    assertThat(pods(PodSandboxFilter.newBuilder().setState(notReady))).isEmpty();
    NODE.runtime()
        .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(two.podId()).build());
    assertThat(pods(PodSandboxFilter.newBuilder().setState(notReady))).containsExactly(two.podId());
    one.remove();
    two.remove();
  }

  private static List<String> containers(ContainerFilter.Builder filter) {
    return NODE
        .runtime()
        .listContainers(ListContainersRequest.newBuilder().setFilter(filter).build())
        .getContainersList()
        .stream()
        .map(Container::getId)
        .toList();
  }

  private static List<String> pods(PodSandboxFilter.Builder filter) {
    return NODE
        .runtime()
        .listPodSandbox(ListPodSandboxRequest.newBuilder().setFilter(filter).build())
        .getItemsList()
        .stream()
        .map(PodSandbox::getId)
        .toList();
  }
}
