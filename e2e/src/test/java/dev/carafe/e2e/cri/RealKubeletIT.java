package dev.carafe.e2e.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.kubelet.Kubelet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The real kubelet, built from its Go module, with static pods. In a virtual machine {@code
 * carafe.vm} is true: all is slow there, and where systemd is process 1 the pods' cgroups are its
 * slices.
 */
class RealKubeletIT {
  private static final boolean VM = Boolean.getBoolean("carafe.vm");
  private static final boolean SYSTEMD = VM && Files.isDirectory(Path.of("/run/systemd/system"));
  private static final String SYSTEMD_DRIVER =
      """
      [runtime]
      cgroup_driver = "systemd"
      cgroup_parent = "/carafe.slice"
      """;

  @RegisterExtension static final CriNode NODE = CriNode.with(SYSTEMD ? SYSTEMD_DRIVER : "");

  private static final Duration PATIENCE = Duration.ofSeconds(VM ? 240 : 90);
  private static Kubelet kubelet;

  @BeforeAll
  static void start() throws Exception {
    Assumptions.assumeTrue(
        Boolean.getBoolean("carafe.long"), "SKIP long: the kubelet is built for make test-long");
    Path out = CriNode.HOME.resolve("e2e/target/kubelet");
    Command built =
        Command.run(CriNode.HOME.resolve("e2e/kubelet/build").toString(), out.toString());
    Assumptions.assumeTrue(built.exit() != 3, built.stderr().strip());
    assertThat(built.exit()).as(built.stderr()).isZero();
    kubelet =
        Kubelet.start(
            out.resolve("kubelet"),
            Files.createDirectories(NODE.node().settings().dir().resolve("kubelet")),
            NODE.node().settings().socket(),
            SYSTEMD ? "/" : "/carafe-test-kubelet-" + ProcessHandle.current().pid());
  }

  @AfterAll
  static void stop() throws IOException {
    if (kubelet != null) {
      kubelet.stop();
      NODE.node().removePods();
      kubelet.close();
    }
  }

  private static void eventually(ThrowingRunnable assertion) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> {
          assertThat(kubelet.isAlive()).as(kubelet.tail()).isTrue();
          assertion.run();
        });
  }

  private static String manifest(String name, String containers) {
    return """
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "%s", "namespace": "default"},
     "spec": {"terminationGracePeriodSeconds": 5, "containers": [%s]}}
    """
        .formatted(name, containers);
  }

  private static String container(String name, String script, String more) {
    return """
    {"name": "%s", "image": "%s", "imagePullPolicy": "IfNotPresent",
     "command": ["sh", "-c", "%s"]%s}
    """
        .formatted(name, CriNode.BUSYBOX, script, more);
  }

  /** The kubelet's status of a pod's only container. */
  private static JsonNode status(String pod) throws IOException {
    return kubelet.pod(pod).path("status").path("containerStatuses").path(0);
  }

  private static String id(String pod) throws IOException {
    return status(pod).path("containerID").asText().replaceFirst("^carafe://", "");
  }

  private static void awaitReady(String pod) {
    eventually(() -> {
      assertThat(kubelet.pod(pod).path("status").path("phase").asText()).isEqualTo("Running");
      assertThat(status(pod).path("ready").asBoolean()).isTrue();
    });
  }

  @Test
  void aPodRunsWithItsLimitsAndIsReadyByItsProbe() throws Exception {
    kubelet.put(
        "limits.json",
        manifest(
            "limits",
            container(
                "c",
                "echo started; touch /tmp/ok; exec sleep 10000",
                """
                , "resources": {"limits": {"memory": "64Mi", "cpu": "500m"}},
                "readinessProbe": {"exec": {"command": ["cat", "/tmp/ok"]}, "periodSeconds": 1}\
                """)));
    awaitReady("limits");
    JsonNode info = NODE.info(id("limits"));
    assertThat(info.path("pid").asLong()).isPositive();
    assertThat(NODE.status(id("limits")).getResources().getLinux().getMemoryLimitInBytes())
        .isEqualTo(64L << 20);
    assertThat(kubelet.pod("limits").path("status").path("podIP").asText())
        .startsWith(NODE.node().settings().subnet());
    eventually(() -> assertThat(log("limits")).anyMatch(line -> line.endsWith("F started")));
    NODE.output(id("limits"), "rm /tmp/ok");
    eventually(() -> assertThat(status("limits").path("ready").asBoolean()).isFalse());
    kubelet.delete("limits.json");
  }

  private static List<String> log(String pod) throws IOException {
    try (Stream<Path> files =
        Files.find(
            kubelet.logs(), 3, (file, _) -> file.toString().matches(".*_" + pod + "-.*/0\\.log"))) {
      return Files.readAllLines(files.findFirst().orElseThrow());
    }
  }

  @Test
  void aContainerThatEndsOrFailsItsLivenessProbeIsRestarted() throws Exception {
    kubelet.put("crash.json", manifest("crash", container("c", "sleep 1; exit 3", "")));
    kubelet.put(
        "sick.json",
        manifest(
            "sick",
            container(
                "c",
                "exec sleep 10000",
                """
                , "livenessProbe": {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 2}\
                """)));
    eventually(() -> {
      assertThat(status("crash").path("restartCount").asInt()).isPositive();
      JsonNode last = status("crash").path("lastState").path("terminated");
      assertThat(last.path("exitCode").asInt()).isEqualTo(3);
    });
    eventually(() -> assertThat(status("sick").path("restartCount").asInt()).isPositive());
    kubelet.delete("crash.json");
    kubelet.delete("sick.json");
  }

  @Test
  void aPodOutlivesTheAgentAndGoesGracefullyWithItsManifest() throws Exception {
    kubelet.put(
        "stay.json",
        manifest("stay", container("c", "trap 'sleep 1; exit 0' TERM; sleep 10000 & wait", "")));
    awaitReady("stay");
    String before = id("stay");
    long pid = NODE.pid(before);
    NODE.node().agent().kill();
    NODE.node().startAgent();
    awaitReady("stay");
    assertThat(id("stay")).isEqualTo(before);
    assertThat(NODE.pid(before)).isEqualTo(pid);
    assertThat(status("stay").path("restartCount").asInt()).isZero();
    kubelet.delete("stay.json");
    eventually(() -> assertThat(kubelet.pod("stay").isMissingNode()).isTrue());
    eventually(() ->
        assertThat(
                NODE.runtime()
                    .listContainers(ListContainersRequest.getDefaultInstance())
                    .getContainersList())
            .noneMatch(
                c -> c.getId().equals(before) && c.getState() == ContainerState.CONTAINER_RUNNING));
  }

  @Test
  void logsAreRotatedAndStatisticsAreThere() throws Exception {
    kubelet.put(
        "chatty.json",
        manifest(
            "chatty",
            container(
                "c",
                "while :; do head -c 30000 /dev/zero | tr '\\\\0' x; echo; sleep 0.2; done",
                "")));
    awaitReady("chatty");
    eventually(() -> {
      try (Stream<Path> files = Files.walk(kubelet.logs())) {
        assertThat(files.map(Path::toString))
            .anyMatch(file -> file.matches(".*_chatty-.*/0\\.log\\..*"));
      }
    });
    eventually(() -> {
      JsonNode pods = kubelet.summary().path("pods");
      assertThat(pods)
          .anyMatch(pod ->
              pod.path("podRef").path("name").asText().startsWith("chatty")
                  && pod.path("containers").path(0).path("memory").path("workingSetBytes").asLong()
                      > 0);
    });
    kubelet.delete("chatty.json");
    eventually(() ->
        assertThat(
                NODE.runtime()
                    .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                    .getItemsList())
            .noneMatch(pod ->
                pod.getMetadata().getName().startsWith("chatty") && pod.getStateValue() == 0));
  }
}
