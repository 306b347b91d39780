package dev.carafe.e2e.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carafe.cri.v1.CgroupDriver;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.ExecSyncResponse;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.LinuxContainerConfig;
import dev.carafe.cri.v1.LinuxContainerResources;
import dev.carafe.cri.v1.LinuxSandboxSecurityContext;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.NamespaceOption;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PullImageRequest;
import dev.carafe.cri.v1.RuntimeConfigRequest;
import dev.carafe.cri.v1.SecurityProfile;
import dev.carafe.e2e.client.CgroupTree;
import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.client.Workload;
import dev.carafe.e2e.images.ImageLayout;
import dev.carafe.e2e.registry.CertsDirectory;
import dev.carafe.e2e.registry.LoopbackRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole agent, from its class path to its end, inside the virtual machine: the system property
 * carafe.layout names an image layout that holds {@link #IMAGE}, carafe.host.load is the load
 * average of the machine around it.
 */
class AgentInGuest {
  static final String IMAGE = "registry.k8s.io/carafe/busybox:1";

  private static final boolean SYSTEMD = Files.isDirectory(Path.of("/run/systemd/system"));
  private static final String PARENT = SYSTEMD ? "/carafevm.slice" : "/carafe-vm";
  private static final Duration READY = Duration.ofSeconds(60);

  /** Ends what hangs; the figure that counts is {@link #READY}. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final double QUIET = 2;
  private static final long LIMIT = 32L << 20;

  @TempDir private static Path directory;
  private static LoopbackRegistry registry;
  private static Process agent;
  private static Duration ready = Duration.ZERO;
  private static CriClient client;

  @BeforeAll
  static void start() throws Exception {
    Path layout = Path.of(System.getProperty("carafe.layout"));
    registry = LoopbackRegistry.start(ImageLayout.read(layout), 0);
    Path certs = directory.resolve("certs.d");
    CertsDirectory.write(certs, registry.uri(), registry.hosts());
    Path config = directory.resolve("carafe.toml");
    Files.writeString(
        config,
        """
        root = "%1$s/root"
        [api]
        listen = "unix://%1$s/cri.sock"
        [image]
        hosts_dir = "%2$s"
        """
            .formatted(directory, certs));
    long begin = System.nanoTime();
    agent = carafed(config);
    Path socket = directory.resolve("cri.sock");
    client = CriClient.of(socket, PATIENCE);
    // A client that tries and tries would slow down what it waits for.
    await("carafed's socket")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> Files.exists(socket) || !agent.isAlive());
    client.awaitVersion(PATIENCE);
    ready = Duration.ofNanos(System.nanoTime() - begin);
    client
        .images()
        .pullImage(
            PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(IMAGE)).build());
  }

  private static Process carafed(Path config) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dcarafe.libexec=" + System.getProperty("carafe.libexec"),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.carafe.agent.Main"));
    command.addAll(List.of("--config", config.toString()));
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @AfterAll
  static void stop() throws Exception {
    client.close();
    agent.destroy();
    assertThat(agent.waitFor(30, TimeUnit.SECONDS)).as("carafed ends at SIGTERM").isTrue();
    registry.close();
  }

  private static Workload pod(String name) {
    return Workload.run(client, hostNetworkPod(name, directory.resolve("logs-" + name), PARENT));
  }

  /** A pod's configuration that needs no network. */
  static PodSandboxConfig hostNetworkPod(String name, Path logs, String parent) {
    PodSandboxConfig.Builder config = Workload.pod(name, logs, parent);
    NamespaceOption host = NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE).build();
    config
        .getLinuxBuilder()
        .setSecurityContext(LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(host));
    config.clearHostname();
    return config.build();
  }

  private static ContainerConfig limited(String name, List<String> command) {
    LinuxContainerResources limits =
        LinuxContainerResources.newBuilder().setMemoryLimitInBytes(LIMIT).build();
    return Workload.container(name, IMAGE, command)
        .setLinux(LinuxContainerConfig.newBuilder().setResources(limits))
        .build();
  }

  @Test
  void itIsReadyWithinAMinute() {
    double load = Double.parseDouble(System.getProperty("carafe.host.load"));
    assumeTrue(
        load < QUIET,
        "SKIP ready-time: took %d ms, but the load of the host was %.1f, not below %.1f"
            .formatted(ready.toMillis(), load, QUIET));
    assertThat(ready).isPositive().isLessThan(READY);
  }

  /** A file of the container's cgroup, whichever hierarchy has it. */
  private static String limitFile(String containerId) throws IOException {
    for (Path tree : CgroupTree.directories(PARENT)) {
      try (Stream<Path> below = Files.walk(tree)) {
        List<Path> found =
            below
                .filter(path -> path.getParent().toString().contains(containerId))
                .filter(
                    path -> path.endsWith("memory.max") || path.endsWith("memory.limit_in_bytes"))
                .toList();
        if (!found.isEmpty()) {
          return Files.readString(found.getFirst()).strip();
        }
      }
    }
    throw new AssertionError("no memory limit of " + containerId + " below " + PARENT);
  }

  @Test
  void aPodRunsFromTheSocketDownToTheKernelAndNothingStays() throws Exception {
    Workload pod = pod("plain");
    String id = pod.create(limited("main", List.of("sh", "-c", "echo hello; sleep 1000")));
    pod.start(id);

    Path log = directory.resolve("logs-plain/main.log");
    await().atMost(PATIENCE).until(() -> Files.readString(log).endsWith(" stdout F hello\n"));
    ExecSyncResponse exec = pod.exec(id, List.of("sh", "-c", "echo inside; exit 5"));
    assertThat(exec.getStdout().toStringUtf8()).isEqualTo("inside\n");
    assertThat(exec.getExitCode()).isEqualTo(5);
    assertThat(limitFile(id)).isEqualTo(Long.toString(LIMIT));
    assertThat(pod.status(id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);

    pod.remove();
    assertThat(client.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()))
        .returns(0, list -> list.getItemsCount());
    assertThat(cgroupsOf(id)).isEmpty();
    assertThat(cgroupsOf(pod.podId())).isEmpty();
  }

  @Test
  void containersRunUnderTheDefaultAppArmorProfileAndUnknownOnesAreRefused() throws Exception {
    assumeTrue(
        Files.readString(Path.of("/sys/module/apparmor/parameters/enabled")).startsWith("Y"),
        "SKIP AppArmor: this kernel has none");
    Workload pod = pod("confined");
    List<String> sleep = List.of("sleep", "1000");
    String id = pod.create(limited("main", sleep));
    pod.start(id);

    ExecSyncResponse label = pod.exec(id, List.of("cat", "/proc/self/attr/apparmor/current"));
    assertThat(label.getStdout().toStringUtf8()).isEqualTo("carafe-default (enforce)\n");
    ContainerConfig.Builder unknown = limited("unknown", sleep).toBuilder();
    unknown
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getApparmorBuilder()
        .setProfileType(SecurityProfile.ProfileType.Localhost)
        .setLocalhostRef("nobody-loaded-this");
    assertThatThrownBy(() -> pod.create(unknown.build()))
        .hasMessageContaining("profile \"nobody-loaded-this\" is not loaded");
    pod.remove();
  }

  @Test
  void devicesThatWereNotGivenCannotBeOpened() throws Exception {
    Workload pod = pod("devices");
    String id = pod.create(limited("main", List.of("sleep", "1000")));
    pod.start(id);

    String node = "mknod /tmp/kmsg c 1 11 && mknod /tmp/zero c 1 5; ";
    ExecSyncResponse zero = pod.exec(id, List.of("sh", "-c", node + ": < /tmp/zero"));
    assertThat(zero.getExitCode()).as(zero.getStderr().toStringUtf8()).isZero();
    ExecSyncResponse kmsg = pod.exec(id, List.of("sh", "-c", ": < /tmp/kmsg"));
    assertThat(kmsg.getExitCode()).isNotZero();
    assertThat(kmsg.getStderr().toStringUtf8()).contains("Operation not permitted");
    pod.remove();
  }

  @Test
  void theCgroupDriverIsThatOfProcess1() {
    CgroupDriver driver =
        client
            .runtime()
            .runtimeConfig(RuntimeConfigRequest.getDefaultInstance())
            .getLinux()
            .getCgroupDriver();
    assertThat(driver).isEqualTo(SYSTEMD ? CgroupDriver.SYSTEMD : CgroupDriver.CGROUPFS);
  }

  private static List<Path> cgroupsOf(String id) throws IOException {
    try (Stream<Path> all = Files.walk(Path.of("/sys/fs/cgroup"))) {
      return all.filter(path -> path.getFileName().toString().contains(id)).toList();
    }
  }

  @Test
  void anOomKilledContainerSaysSo() throws Exception {
    Workload pod = pod("oom");
    String eat = "exec dd if=/dev/zero of=/dev/null bs=128M count=1";
    String id = pod.create(limited("eater", List.of("sh", "-c", eat)));
    pod.start(id);

    await()
        .atMost(PATIENCE)
        .until(() -> pod.status(id).getState() == ContainerState.CONTAINER_EXITED);
    ContainerStatus status = pod.status(id);
    assertThat(status.getExitCode()).isEqualTo(137);
    assertThat(status.getReason()).isEqualTo("OOMKilled");
    pod.remove();
  }
}
