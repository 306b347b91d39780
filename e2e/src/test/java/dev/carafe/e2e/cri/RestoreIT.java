package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.CheckpointContainerRequest;
import dev.carafe.cri.v1.CheckpointPodRequest;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.RestorePodRequest;
import dev.carafe.cri.v1.RestorePodResponse;
import dev.carafe.cri.v1.RestoredContainer;
import dev.carafe.cri.v1.StartContainerRequest;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * RestorePod and containers that are created from an archive, against a program in CRIU's place:
 * what it restores is the shim's own, and a failure leaves nothing behind (KEP-5823).
 */
class RestoreIT {
  private static final FakeCriu CRIU = FakeCriu.build("restore");
  private static final String SCRIPT = "echo saved >/data; sleep 1000";

  @RegisterExtension static final CriNode NODE = CriNode.with(CRIU.toml());

  @TempDir Path dir;

  @AfterAll
  static void delete() throws IOException {
    CRIU.delete();
  }

  @AfterEach
  void removePods() {
    NODE.node().removePods();
  }

  @BeforeEach
  void nothingPlanned() throws IOException {
    CRIU.plan("nothing 0");
    CRIU.program("echo goes on; echo trouble >&2; exit 7");
  }

  /** A pod of two containers, saved into the test's folder and removed. */
  private void save() throws IOException {
    Workload pod = NODE.pod();
    List<String> ids = List.of(run(pod, shell("a", SCRIPT)), run(pod, shell("b", SCRIPT)));
    ids.forEach(
        id -> Awaitility.await().until(() -> NODE.exec(id, 5, "cat", "/data").getExitCode() == 0));
    NODE.runtime()
        .withDeadlineAfter(60, TimeUnit.SECONDS)
        .checkpointPod(
            CheckpointPodRequest.newBuilder()
                .setPodSandboxId(pod.podId())
                .addAllContainerIds(ids)
                .setOutputPath(dir.toString())
                .build());
    pod.remove();
  }

  private RestorePodResponse restore(PodSandboxConfig pod, ContainerConfig... configs) {
    return NODE.runtime()
        .withDeadlineAfter(60, TimeUnit.SECONDS)
        .restorePod(
            RestorePodRequest.newBuilder()
                .setCheckpointPath(dir.toString())
                .setConfig(pod)
                .addAllContainerConfigs(List.of(configs))
                .build());
  }

  private static ContainerConfig container(String name) {
    return shell(name, SCRIPT).setLogPath(name + ".log").build();
  }

  private static void start(String id) {
    NODE.runtime().startContainer(StartContainerRequest.newBuilder().setContainerId(id).build());
  }

  private static int pods() {
    return NODE.runtime()
        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
        .getItemsCount();
  }

  @Test
  void restoredContainersWaitForTheirStartAndTheirExitIsKept() throws Exception {
    save();
    PodSandboxConfig config = NODE.podConfig().build();
    RestorePodResponse pod = restore(config, container("b"), container("a"));
    assertThat(pod.getRestoredContainersList())
        .extracting(RestoredContainer::getName)
        .containsExactly("b", "a");
    String id = pod.getRestoredContainers(0).getContainerId();
    assertThat(NODE.status(id).getState()).isEqualTo(ContainerState.CONTAINER_CREATED);
    assertThat(CRIU.events()).noneMatch(line -> line.startsWith("restored "));
    Path upper = NODE.node().settings().root().resolve("containers").resolve(id).resolve("upper");
    assertThat(upper.resolve("data")).hasContent("saved");

    start(id);
    ContainerStatus ended = NODE.awaitExit(id);
    assertThat(ended.getExitCode()).isEqualTo(7);
    assertThat(ended.getStartedAt()).isPositive();
    Path log = Path.of(config.getLogDirectory(), "b.log");
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(log).content().contains("stdout F goes on", "stderr F trouble"));
    assertThat(NODE.status(pod.getRestoredContainers(1).getContainerId()).getState())
        .isEqualTo(ContainerState.CONTAINER_CREATED);
  }

  @Test
  void aRestoredContainerIsStoppedAsAnyOther() throws Exception {
    save();
    CRIU.program("sleep 1000");
    RestorePodResponse pod = restore(NODE.podConfig().build(), container("a"), container("b"));
    String id = pod.getRestoredContainers(0).getContainerId();
    start(id);
    assertThat(NODE.status(id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    long pid = NODE.pid(id);
    assertThat(Files.readString(Path.of("/proc", Long.toString(pid), "cgroup"))).contains(id);
    NODE.stop(id, 0);
    assertThat(NODE.status(id).getExitCode()).isEqualTo(137);
    assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"start 1", "version 1", "restore 1", "orphan 1"})
  void aContainerThatCanNotBeRestoredFailsItsStart(String plan) throws Exception {
    save();
    RestorePodResponse pod = restore(NODE.podConfig().build(), container("a"), container("b"));
    CRIU.plan(plan);
    String id = pod.getRestoredContainers(0).getContainerId();
    assertThat(CriNode.refusal(() -> start(id)).getCode()).isNotEqualTo(Code.OK);
    assertThat(NODE.status(id).getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(NODE.status(id).getReason()).isEqualTo("StartError");
    CRIU.plan("nothing 0");
    start(pod.getRestoredContainers(1).getContainerId());
    assertThat(NODE.awaitExit(pod.getRestoredContainers(1).getContainerId()).getExitCode())
        .isEqualTo(7);
  }

  @Test
  void whatDoesNotFitTheCheckpointLeavesNoPod() throws Exception {
    save();
    int before = pods();
    PodSandboxConfig pod = NODE.podConfig().build();
    assertRefused(
        Code.INVALID_ARGUMENT, () -> restore(pod, container("a")), "expected those of", "[a, b]");
    ContainerConfig other = container("b").toBuilder().setWorkingDir("/tmp").build();
    assertRefused(
        Code.FAILED_PRECONDITION, () -> restore(pod, container("a"), other), "working_dir");
    ContainerConfig absent = container("b").toBuilder().build();
    ContainerConfig.Builder image = absent.toBuilder();
    image.getImageBuilder().setImage("docker.io/library/absent:latest");
    assertRefused(Code.NOT_FOUND, () -> restore(pod, container("a"), image.build()), "absent");
    CRIU.plan("check 1");
    assertRefused(
        Code.FAILED_PRECONDITION,
        () -> restore(pod, container("a"), container("b")),
        "planned to fail");
    assertThat(pods()).isEqualTo(before);
    NODE.awaitNothingLeft();
  }

  @Test
  void aContainerIsCreatedFromAnArchive() throws Exception {
    Workload pod = NODE.pod();
    String id = run(pod, shell("a", SCRIPT));
    Awaitility.await().until(() -> NODE.exec(id, 5, "cat", "/data").getExitCode() == 0);
    Path archive = dir.resolve("a.tar");
    NODE.runtime()
        .checkpointContainer(
            CheckpointContainerRequest.newBuilder()
                .setContainerId(id)
                .setLocation(archive.toString())
                .build());
    ContainerConfig.Builder config = shell("again", SCRIPT);
    config.getImageBuilder().setImage(archive.toString());
    String again = pod.create(config.build());
    assertThat(NODE.status(again).getImage().getImage()).isEqualTo(CriNode.BUSYBOX);
    start(again);
    assertThat(NODE.awaitExit(again).getExitCode()).isEqualTo(7);
    pod.remove();
  }
}
