package dev.carafe.e2e.cri;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.ContainerStatusRequest;
import dev.carafe.cri.v1.ExecSyncRequest;
import dev.carafe.cri.v1.ExecSyncResponse;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.RemoveContainerRequest;
import dev.carafe.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.carafe.cri.v1.StopContainerRequest;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.Workload;
import dev.carafe.e2e.harness.MissingException;
import dev.carafe.e2e.harness.TestNode;
import dev.carafe.e2e.images.ImageLayout;
import dev.carafe.e2e.registry.LoopbackRegistry;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * An agent for one class of tests, with busybox pulled from a registry on loopback. After the class
 * all pods are removed, and nothing of them may be left.
 */
final class CriNode implements BeforeAllCallback, AfterAllCallback {
  static final String BUSYBOX = "docker.io/library/busybox:latest";
  static final Path HOME = Path.of(System.getProperty("carafe.home"));
  private static final Path LIBEXEC = Path.of(System.getProperty("carafe.libexec"));
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final AtomicInteger NODES = new AtomicInteger();
  private static final AtomicInteger PODS = new AtomicInteger();

  private final String whenMissing;
  private final String resctrlName;
  private final String toml;
  private @Nullable TestNode node;
  private @Nullable LoopbackRegistry registry;
  private @Nullable Path dir;

  CriNode() {
    this("absent", "tolerate");
  }

  /**
   * A node whose resctrl is below its directory.
   *
   * @param resctrlName of the directory
   */
  CriNode(String resctrlName, String whenMissing) {
    this(resctrlName, whenMissing, "");
  }

  private CriNode(String resctrlName, String whenMissing, String toml) {
    this.resctrlName = resctrlName;
    this.whenMissing = whenMissing;
    this.toml = toml;
  }

  /** A node with more in its configuration. */
  static CriNode with(String toml) {
    return new CriNode("absent", "tolerate", toml);
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    Path images = HOME.resolve("e2e/target/images");
    Command built = Command.run(HOME.resolve("e2e/images/build").toString(), images.toString());
    Assumptions.assumeTrue(built.exit() != 3, "SKIP images: " + built.stderr().strip());
    assertThat(built.exit()).as(built.stderr()).isZero();
    // Short, for a shim's socket must fit into 107 bytes.
    long pid = ProcessHandle.current().pid();
    Path own = Files.createDirectory(Path.of("/tmp/cfe-" + pid + "-" + NODES.incrementAndGet()));
    dir = own;
    if (!toml.isEmpty()) {
      Path more = Files.createDirectory(own.resolve("carafe.toml.d"));
      Files.writeString(more.resolve("10-test.toml"), toml);
    }
    registry = LoopbackRegistry.start(ImageLayout.read(images.resolve("layout")), 0);
    try {
      node = TestNode.start(LIBEXEC, own, own.resolve(resctrlName), whenMissing);
    } catch (MissingException missing) {
      Assumptions.abort(String.valueOf(missing.getMessage()));
    }
    node().mirror(registry(), registry().hosts());
    node().pull(BUSYBOX);
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (registry != null) {
      registry.close();
    }
    try {
      if (node != null) {
        try (TestNode closing = node) {
          closing.removePods();
          awaitNothingLeft();
        }
      }
    } finally {
      if (dir != null) {
        Files.deleteIfExists(dir);
      }
    }
  }

  TestNode node() {
    return requireNonNull(node, "the agent was not started");
  }

  LoopbackRegistry registry() {
    return requireNonNull(registry, "the registry was not started");
  }

  RuntimeServiceBlockingStub runtime() {
    return node().client().runtime();
  }

  /** Waits until nothing of any pod is left. */
  void awaitNothingLeft() {
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(node().leftovers()).as(node().agent().tail()).isEmpty());
  }

  /** A pod's configuration with a name that is used once. */
  PodSandboxConfig.Builder podConfig() {
    String name = "pod-" + PODS.incrementAndGet();
    // The agent's own cgroup parent, so that it removes what it makes.
    PodSandboxConfig.Builder config =
        Workload.pod(name, node().settings().logs().resolve(name), "");
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setPid(NamespaceMode.CONTAINER);
    return config;
  }

  /** Runs a plain pod. */
  Workload pod() {
    return Workload.run(node().client(), podConfig().build());
  }

  /** Runs this pod. */
  Workload pod(PodSandboxConfig.Builder config) {
    return Workload.run(node().client(), config.build());
  }

  /** A container that runs a shell script. */
  static ContainerConfig.Builder shell(String name, String script) {
    return container(name, "sh", "-c", script);
  }

  /** A container that runs a program, in a pid namespace of its own, as kubelets ask for. */
  static ContainerConfig.Builder container(String name, String... command) {
    ContainerConfig.Builder config = Workload.container(name, BUSYBOX, List.of(command));
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setPid(NamespaceMode.CONTAINER);
    return config;
  }

  /** Creates and starts; returns the container's id. */
  static String run(Workload pod, ContainerConfig.Builder config) {
    String id = pod.create(config.build());
    pod.start(id);
    return id;
  }

  ContainerStatus status(String containerId) {
    return runtime()
        .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(containerId).build())
        .getStatus();
  }

  /**
   * The command line {@code carafe ARGUMENTS} of this build, for this node, as a JVM of its own.
   */
  List<String> carafe(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.carafe.agent.cli.Carafe",
                "--address",
                "unix://" + node().settings().socket()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Waits for a container's end. */
  ContainerStatus awaitExit(String containerId) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> status(containerId),
            status -> status.getState() == ContainerState.CONTAINER_EXITED);
  }

  ExecSyncResponse exec(String containerId, long timeout, String... command) {
    return runtime()
        .execSync(
            ExecSyncRequest.newBuilder()
                .setContainerId(containerId)
                .addAllCmd(List.of(command))
                .setTimeout(timeout)
                .build());
  }

  /** The standard output of a shell script, which must succeed, without its last newline. */
  String output(String containerId, String script) {
    ExecSyncResponse answer = exec(containerId, 10, "sh", "-c", script);
    assertThat(answer.getExitCode()).as(answer.getStderr().toStringUtf8()).isZero();
    return answer.getStdout().toStringUtf8().stripTrailing();
  }

  void stop(String containerId, long grace) {
    runtime()
        .stopContainer(
            StopContainerRequest.newBuilder()
                .setContainerId(containerId)
                .setTimeout(grace)
                .build());
  }

  void remove(String containerId) {
    runtime()
        .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(containerId).build());
  }

  /** The process id of a container's init, from its verbose status. */
  long pid(String containerId) {
    return info(containerId).path("pid").asLong();
  }

  /** A container's verbose information. */
  JsonNode info(String containerId) {
    String info =
        runtime()
            .containerStatus(
                ContainerStatusRequest.newBuilder()
                    .setContainerId(containerId)
                    .setVerbose(true)
                    .build())
            .getInfoOrThrow("info");
    try {
      return new ObjectMapper().readTree(info);
    } catch (JsonProcessingException malformed) {
      throw new AssertionError("verbose information is not JSON: " + info, malformed);
    }
  }

  /** The status that a call is refused with. */
  static Status refusal(ThrowingCallable call) {
    Throwable thrown = org.assertj.core.api.Assertions.catchThrowable(call);
    assertThat(thrown).isInstanceOf(StatusRuntimeException.class);
    return ((StatusRuntimeException) requireNonNull(thrown)).getStatus();
  }

  /** Refused with this code, with these words in the message. */
  static void assertRefused(Status.Code code, ThrowingCallable call, String... words) {
    Status status = refusal(call);
    assertThat(status.getCode()).as(String.valueOf(status.getDescription())).isEqualTo(code);
    for (String word : words) {
      assertThat(status.getDescription()).contains(word);
    }
  }
}
