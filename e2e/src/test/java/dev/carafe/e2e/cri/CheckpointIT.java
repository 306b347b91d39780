package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.CheckpointContainerRequest;
import dev.carafe.cri.v1.CheckpointPodRequest;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * CheckpointContainer and CheckpointPod against a program that speaks as CRIU does and fails where
 * it is told to: whatever happens, containers run on and no file is half there (KEP-2008,
 * KEP-5823).
 */
class CheckpointIT {
  private static final FakeCriu CRIU = FakeCriu.build("checkpoint");

  @RegisterExtension static final CriNode NODE = CriNode.with(CRIU.toml());

  @TempDir Path dir;

  @AfterAll
  static void delete() throws IOException {
    CRIU.delete();
  }

  @BeforeEach
  void nothingPlanned() throws IOException {
    CRIU.plan("nothing 0");
  }

  private static CheckpointContainerRequest request(String id, Path location) {
    return CheckpointContainerRequest.newBuilder()
        .setContainerId(id)
        .setLocation(location.toString())
        .build();
  }

  private static void checkpoint(String id, Path location) {
    NODE.runtime().checkpointContainer(request(id, location));
  }

  /** What the kernel says of a container's cgroup. */
  private static boolean frozen(String id) throws IOException {
    String cgroup =
        Files.readAllLines(Path.of("/proc", Long.toString(NODE.pid(id)), "cgroup")).stream()
            .filter(line -> line.startsWith("0::"))
            .findFirst()
            .orElseThrow()
            .substring(3);
    for (String mount : List.of("/sys/fs/cgroup/unified", "/sys/fs/cgroup")) {
      Path file = Path.of(mount + cgroup, "cgroup.freeze");
      if (Files.exists(file)) {
        return Files.readString(file).strip().equals("1");
      }
    }
    throw new AssertionError("no freezer of cgroup2 for " + cgroup);
  }

  private static void assertUnharmed(String id) throws IOException {
    assertThat(frozen(id)).as("frozen").isFalse();
    assertThat(NODE.status(id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    assertThat(NODE.output(id, "echo alive")).isEqualTo("alive");
    Path own = NODE.node().settings().root().resolve("containers").resolve(id);
    try (Stream<Path> files = Files.list(own)) {
      assertThat(files.map(path -> String.valueOf(path.getFileName())))
          .noneMatch(name -> name.startsWith("checkpoint"));
    }
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.toList();
    }
  }

  @Test
  void theArchiveHasWhatOtherToolsRead() throws Exception {
    Workload pod = NODE.pod();
    String id =
        run(pod, shell("one", "echo hello >/data; ln -s data /link; rm /bin/vi; sleep 1000"));
    org.awaitility.Awaitility.await()
        .until(() -> NODE.exec(id, 5, "ls", "/bin/vi").getExitCode() != 0);
    Path archive = dir.resolve("one.tar");
    checkpoint(id, archive);
    assertUnharmed(id);
    Command listed = Command.run("tar", "-tf", archive.toString());
    assertThat(listed.stdout().lines())
        .contains(
            "checkpoint/",
            "checkpoint/inventory.img",
            "checkpoint/descriptors.json",
            "config.dump",
            "spec.dump",
            "dump.log",
            "rootfs-diff.tar",
            "deleted.files");
    Command unpacked = Command.run("tar", "-xf", archive.toString(), "-C", dir.toString());
    assertThat(unpacked.exit()).as(unpacked.stderr()).isZero();
    assertThat(dir.resolve("config.dump")).content().contains(id, "\"one\"", CriNode.BUSYBOX);
    assertThat(dir.resolve("spec.dump")).content().contains("ociVersion", "sleep 1000");
    assertThat(dir.resolve("deleted.files")).content().contains("/bin/vi");
    Command diff = Command.run("tar", "-tvf", dir.resolve("rootfs-diff.tar").toString());
    assertThat(diff.stdout()).contains(" data\n", "link -> data", "bin/.wh.vi");
  }

  @Test
  void whatIsThereIsNeverReplacedAndOnlyWhatRunsIsSaved() throws Exception {
    Workload pod = NODE.pod();
    String id = run(pod, shell("one", "sleep 1000"));
    Path archive = Files.writeString(dir.resolve("there"), "precious");
    assertRefused(Code.ALREADY_EXISTS, () -> checkpoint(id, archive), "there exists");
    assertThat(archive).hasContent("precious");
    String created = pod.create(shell("two", "sleep 1000").build());
    assertRefused(Code.FAILED_PRECONDITION, () -> checkpoint(created, dir.resolve("a")), "CREATED");
    CRIU.plan("check 1");
    assertRefused(
        Code.FAILED_PRECONDITION, () -> checkpoint(id, dir.resolve("a")), "planned to fail");
    assertThat(left()).containsExactly(archive);
    assertThat(CRIU.events()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"start 1", "version 1", "dump 1", "die 1"})
  void afterAFailureTheContainerRunsAndNoFileIsThere(String plan) throws Exception {
    String id = run(NODE.pod(), shell("one", "sleep 1000"));
    CRIU.plan(plan);
    assertThat(CriNode.refusal(() -> checkpoint(id, dir.resolve("a"))).getCode())
        .isNotIn(Code.OK, Code.DEADLINE_EXCEEDED);
    assertUnharmed(id);
    assertThat(left()).isEmpty();
    CRIU.plan("nothing 0");
    checkpoint(id, dir.resolve("a"));
    assertThat(dir.resolve("a")).isNotEmptyFile();
  }

  @Test
  void aFailureSaysWhatCriuSaid() {
    String id = run(NODE.pod(), shell("one", "sleep 1000"));
    try {
      CRIU.plan("dump 1");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    assertThat(CriNode.refusal(() -> checkpoint(id, dir.resolve("a"))).getDescription())
        .contains("criu failed: type DUMP", "planned to fail", "dump.log");
  }

  @Test
  void aContainerStandsStillNoLongerThanItsTimeout() throws Exception {
    String id = run(NODE.pod(), shell("one", "sleep 1000"));
    CRIU.plan("hang 1");
    CheckpointContainerRequest request =
        request(id, dir.resolve("a")).toBuilder().setTimeout(1).build();
    assertRefused(
        Code.DEADLINE_EXCEEDED, () -> NODE.runtime().checkpointContainer(request), "runs on");
    assertThat(CRIU.events()).anyMatch(line -> line.startsWith("let-go "));
    assertUnharmed(id);
    assertThat(left()).isEmpty();
  }

  private record Trio(Workload pod, List<String> ids) {}

  private static Trio trio() {
    Workload pod = NODE.pod();
    return new Trio(
        pod, Stream.of("a", "b", "c").map(name -> run(pod, shell(name, "sleep 1000"))).toList());
  }

  private void checkpointPod(Trio trio, long millis) {
    NODE.runtime()
        .withDeadlineAfter(millis, TimeUnit.MILLISECONDS)
        .checkpointPod(
            CheckpointPodRequest.newBuilder()
                .setPodSandboxId(trio.pod().podId())
                .addAllContainerIds(trio.ids())
                .setOutputPath(dir.toString())
                .build());
  }

  @Test
  void allOfAPodStandStillFromTheFirstToTheLast() throws Exception {
    Trio trio = trio();
    CRIU.plan("hang 3");
    CompletableFuture<Void> call = CompletableFuture.runAsync(() -> checkpointPod(trio, 10_000));
    CRIU.await("hang");
    for (String id : trio.ids()) {
      assertThat(frozen(id)).as("frozen while the last is saved").isTrue();
    }
    assertRefused(
        Code.DEADLINE_EXCEEDED,
        () -> {
          try {
            call.join();
          } catch (java.util.concurrent.CompletionException e) {
            throw e.getCause();
          }
        });
    for (String id : trio.ids()) {
      org.awaitility.Awaitility.await().until(() -> !frozen(id));
      assertUnharmed(id);
    }
    assertThat(left()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"start 1", "version 1", "dump 1", "dump 2", "dump 3", "die 2"})
  void afterAFailureThePodRunsAndItsFolderIsEmpty(String plan) throws Exception {
    Trio trio = trio();
    CRIU.plan(plan);
    assertThat(CriNode.refusal(() -> checkpointPod(trio, 60_000)).getCode())
        .isNotIn(Code.OK, Code.DEADLINE_EXCEEDED);
    for (String id : trio.ids()) {
      assertUnharmed(id);
    }
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void aSavedPodRunsOn() throws Exception {
    Trio trio = trio();
    checkpointPod(trio, 60_000);
    assertThat(CRIU.events().stream().filter(line -> line.startsWith("dump "))).hasSize(3);
    for (String id : trio.ids()) {
      assertUnharmed(id);
    }
    assertThat(dir.resolve("pod.json")).isNotEmptyFile();
    assertRefused(Code.INVALID_ARGUMENT, () -> checkpointPod(trio, 60_000), "is not empty");
  }

  @Test
  void aPodWhoseAgentIsKilledMeanwhileRunsOn() throws Exception {
    Trio trio = trio();
    CRIU.plan("hang 2");
    CompletableFuture<Void> call = CompletableFuture.runAsync(() -> checkpointPod(trio, 60_000));
    CRIU.await("hang");
    NODE.node().agent().kill();
    assertThat(call).failsWithin(java.time.Duration.ofSeconds(20));
    NODE.node().startAgent();
    for (String id : trio.ids()) {
      org.awaitility.Awaitility.await().until(() -> !frozen(id));
      assertUnharmed(id);
    }
  }
}
