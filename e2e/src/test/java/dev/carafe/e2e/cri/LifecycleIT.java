package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.BUSYBOX;
import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.ExecSyncResponse;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PodSandboxState;
import dev.carafe.cri.v1.PodSandboxStatus;
import dev.carafe.cri.v1.RunPodSandboxRequest;
import dev.carafe.cri.v1.RunPodSandboxResponse;
import dev.carafe.cri.v1.StopPodSandboxRequest;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The life of pods and containers as a kubelet sees it. */
class LifecycleIT {
  @RegisterExtension static final CriNode NODE = new CriNode();

  @Test
  void podHasAnAddressAndContainersRunLogAndEnd() throws Exception {
    PodSandboxConfig.Builder config =
        NODE.podConfig().putLabels("app", "web").putAnnotations("a", "b");
    long before = nanos(Instant.now());
    Workload pod = NODE.pod(config);
    PodSandboxStatus status = pod.status();
    assertThat(status.getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
    assertThat(status.getMetadata()).isEqualTo(config.getMetadata());
    assertThat(status.getLabelsMap()).containsEntry("app", "web");
    assertThat(status.getAnnotationsMap()).containsEntry("a", "b");
    assertThat(status.getCreatedAt()).isBetween(before, nanos(Instant.now()));
    assertThat(status.getNetwork().getIp()).startsWith(NODE.node().settings().subnet() + ".");

    String id = pod.create(shell("c", "echo out; echo err >&2; hostname; exec sleep 1000").build());
    ContainerStatus created = NODE.status(id);
    assertThat(created.getState()).isEqualTo(ContainerState.CONTAINER_CREATED);
    assertThat(created.getStartedAt()).isZero();
    pod.start(id);
    ContainerStatus running = NODE.status(id);
    assertThat(running.getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    assertThat(running.getStartedAt()).isBetween(created.getCreatedAt(), nanos(Instant.now()));
    assertThat(running.getImage().getImage()).isEqualTo(BUSYBOX);
    assertThat(running.getLogPath()).isEqualTo(config.getLogDirectory() + "/c.log");
    assertThat(NODE.output(id, "ip addr show dev eth0"))
        .contains(status.getNetwork().getIp() + "/24");
    assertThat(NODE.output(id, "echo $$")).isNotEqualTo("1");
    assertLog(Path.of(running.getLogPath()), config.getHostname());

    NODE.stop(id, 0);
    ContainerStatus ended = NODE.status(id);
    assertThat(ended.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(ended.getExitCode()).isEqualTo(137);
    assertThat(ended.getFinishedAt()).isBetween(running.getStartedAt(), nanos(Instant.now()));
    NODE.remove(id);
    assertRefused(Code.NOT_FOUND, () -> NODE.status(id), id);
    stopPod(pod);
    assertThat(pod.status().getState()).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    pod.remove();
    assertRefused(Code.NOT_FOUND, pod::status, pod.podId());
  }

  private static void assertLog(Path log, String hostname) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(Files.readAllLines(log)).hasSize(3));
    try {
      assertThat(Files.readAllLines(log))
          .allMatch(
              line -> line.matches("\\d{4}-\\d\\d-\\d\\dT[0-9:]{8}\\.\\d{9}\\S+ std(out|err) F .+"))
          .anyMatch(line -> line.endsWith(" stdout F out"))
          .anyMatch(line -> line.endsWith(" stderr F err"))
          .anyMatch(line -> line.endsWith(" stdout F " + hostname));
    } catch (java.io.IOException unreadable) {
      throw new AssertionError(unreadable);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "exit 0, 0, Completed",
    "exit 7, 7, Error",
    "kill -KILL $$; sleep 9, 137, Error",
    "exec sh -c 'trap \"\" USR1; exit 143', 143, Error"
  })
  void exitCodes(String script, int code, String reason) {
    Workload pod = NODE.pod();
    // As process 1 a shell would not die of its own signal.
    ContainerStatus end =
        NODE.awaitExit(
            run(pod, shell("c", "sh -c '" + script.replace("'", "'\\''") + "'; exit $?")));
    assertThat(end.getExitCode()).isEqualTo(code);
    assertThat(end.getReason()).isEqualTo(reason);
    pod.remove();
  }

  @Test
  void stopSendsTermAndWaitsThenKills() {
    Workload pod = NODE.pod();
    String polite = run(pod, shell("polite", "trap 'exit 3' TERM; while :; do sleep 0.05; done"));
    String dies =
        run(pod, shell("dies", "sleep 1000 & trap 'kill -TERM $!; wait $!; exit $?' TERM; wait"));
    String deaf = run(pod, shell("deaf", "trap '' TERM; while :; do sleep 0.05; done"));
    for (String ready : List.of(polite, dies, deaf)) {
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(
                      NODE.output(ready, "grep SigCgt /proc/1/status; grep SigIgn /proc/1/status"))
                  .containsPattern("[1-9a-f]"));
    }
    long start = System.nanoTime();
    NODE.stop(polite, 10);
    NODE.stop(dies, 10);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
    assertThat(NODE.status(polite).getExitCode()).isEqualTo(3);
    assertThat(NODE.status(dies).getExitCode()).isEqualTo(143);
    start = System.nanoTime();
    NODE.stop(deaf, 1);
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(990), Duration.ofSeconds(5));
    assertThat(NODE.status(deaf).getExitCode()).isEqualTo(137);
    pod.remove();
  }

  @Test
  void outOfMemoryIsSaid() {
    Workload pod = NODE.pod();
    ContainerConfig.Builder hog =
        CriNode.container("hog", "dd", "if=/dev/zero", "of=/dev/null", "bs=256M");
    hog.getLinuxBuilder().getResourcesBuilder().setMemoryLimitInBytes(16 << 20);
    ContainerStatus end = NODE.awaitExit(run(pod, hog));
    assertThat(end.getReason()).isEqualTo("OOMKilled");
    assertThat(end.getExitCode()).isEqualTo(137);
    pod.remove();
  }

  @Test
  void stopAndRemoveAreIdempotent() {
    NODE.stop("0123456789abcdef", 1);
    NODE.remove("0123456789abcdef");
    Workload pod = NODE.pod();
    String id = run(pod, shell("c", "exit 0"));
    NODE.awaitExit(id);
    NODE.stop(id, 1);
    NODE.stop(id, 1);
    NODE.remove(id);
    NODE.remove(id);
    stopPod(pod);
    stopPod(pod);
    pod.remove();
    pod.remove();
  }

  @Test
  void wrongStatesAreFailedPreconditions() {
    Workload pod = NODE.pod();
    String id = pod.create(shell("c", "sleep 1000").build());
    assertRefused(Code.FAILED_PRECONDITION, () -> NODE.exec(id, 5, "true"), id, "CREATED");
    pod.start(id);
    assertRefused(Code.FAILED_PRECONDITION, () -> pod.start(id), id, "RUNNING");
    NODE.stop(id, 0);
    assertRefused(Code.FAILED_PRECONDITION, () -> pod.start(id), id, "EXITED");
    assertRefused(Code.FAILED_PRECONDITION, () -> NODE.exec(id, 5, "true"), id);
    stopPod(pod);
    assertRefused(
        Code.FAILED_PRECONDITION, () -> pod.create(shell("late", "true").build()), pod.podId());
    pod.remove();
  }

  @Test
  void missingProgramIsAStartErrorThatNamesIt() {
    Workload pod = NODE.pod();
    String id = pod.create(CriNode.container("c", "/no/such/program", "-x").build());
    assertRefused(Code.UNKNOWN, () -> pod.start(id), "/no/such/program");
    ContainerStatus end = NODE.status(id);
    assertThat(end.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(end.getExitCode()).isEqualTo(128);
    assertThat(end.getReason()).isEqualTo("StartError");
    assertThat(end.getMessage()).contains("/no/such/program");
    String good = run(pod, shell("good", "sleep 1000"));
    assertThatExec(NODE.exec(good, 5, "true")).isZero();
    pod.remove();
  }

  private static org.assertj.core.api.AbstractIntegerAssert<?> assertThatExec(
      ExecSyncResponse answer) {
    return assertThat(answer.getExitCode());
  }

  @Test
  void unknownImageIsNotFoundAndLeavesNothing() {
    Workload pod = NODE.pod();
    assertRefused(
        Code.NOT_FOUND,
        () ->
            pod.create(Workload.container("c", "docker.io/library/nosuch:1", List.of("x")).build()),
        "docker.io/library/nosuch:1");
    pod.create(shell("c", "true").build());
    pod.remove();
  }

  @Test
  void aPodThatExistsAlreadyIsRefused() {
    PodSandboxConfig.Builder config = NODE.podConfig();
    Workload pod = NODE.pod(config);
    assertRefused(Code.ALREADY_EXISTS, () -> NODE.pod(config), pod.podId());
    pod.remove();
    NODE.pod(config).remove();
  }

  @Test
  void hostNetworkPodSeesTheHostsInterfaces() throws Exception {
    PodSandboxConfig.Builder config = NODE.podConfig().clearHostname();
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setNetwork(dev.carafe.cri.v1.NamespaceMode.NODE);
    Workload pod = NODE.pod(config);
    String id = run(pod, shell("c", "sleep 1000"));
    assertThat(NODE.output(id, "readlink /proc/self/ns/net"))
        .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString());
    pod.remove();
  }

  private static void stopPod(Workload pod) {
    NODE.runtime()
        .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod.podId()).build());
  }

  @Test
  void runtimeHandlers() {
    PodSandboxConfig config = NODE.podConfig().build();
    assertRefused(Code.INVALID_ARGUMENT, () -> runWith(config, "runc"), "runc");
    RunPodSandboxResponse pod = runWith(config, "carafe");
    assertThat(pod.getPodSandboxId()).isNotEmpty();
  }

  /** systemd calls any other code a failure. */
  @Test
  void sigtermEndsTheAgentWithZeroAndNoPodNotices() throws Exception {
    Workload pod = NODE.pod();
    String id = run(pod, shell("c", "sleep 1000"));
    long pid = NODE.pid(id);
    NODE.node().agent().terminate();
    assertThat(NODE.node().agent().await(20)).isZero();
    NODE.node().startAgent();
    assertThat(NODE.pid(id)).isEqualTo(pid);
    assertThat(NODE.exec(id, 5, "true").getExitCode()).isZero();
    pod.remove();
  }

  private static RunPodSandboxResponse runWith(PodSandboxConfig config, String handler) {
    return NODE.runtime()
        .runPodSandbox(
            RunPodSandboxRequest.newBuilder().setConfig(config).setRuntimeHandler(handler).build());
  }

  private static long nanos(Instant time) {
    return time.getEpochSecond() * 1_000_000_000L + time.getNano();
  }
}
