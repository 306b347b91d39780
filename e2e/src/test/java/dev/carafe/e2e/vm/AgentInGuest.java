package dev.carafe.e2e.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carafe.cri.v1.CgroupDriver;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ContainerStats;
import dev.carafe.cri.v1.ContainerStatsRequest;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.ExecSyncResponse;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.LinuxContainerConfig;
import dev.carafe.cri.v1.LinuxContainerResources;
import dev.carafe.cri.v1.LinuxSandboxSecurityContext;
import dev.carafe.cri.v1.ListPodSandboxMetricsRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.Metric;
import dev.carafe.cri.v1.Mount;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.NamespaceOption;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PullImageRequest;
import dev.carafe.cri.v1.RuntimeConfigRequest;
import dev.carafe.cri.v1.SecurityProfile;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.CgroupTree;
import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.client.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
  private static GuestAgent agent;
  private static CriClient client;

  @BeforeAll
  static void start() throws Exception {
    agent = GuestAgent.start(directory, PATIENCE);
    client = agent.client();
    client
        .images()
        .pullImage(
            PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(IMAGE)).build());
  }

  @AfterAll
  static void stop() throws Exception {
    agent.stop();
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
            .formatted(agent.ready().toMillis(), load, QUIET));
    assertThat(agent.ready()).isPositive().isLessThan(READY);
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

  @Test
  void statisticsAndMetricsComeFromThisKernelsCgroups() throws Exception {
    Workload pod = pod("busy");
    String id = pod.create(limited("main", List.of("sh", "-c", "while :; do :; done")));
    pod.start(id);

    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(stats(id).getCpu().getUsageCoreNanoSeconds().getValue())
                .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(100)));
    assertThat(stats(id).getMemory().getWorkingSetBytes().getValue()).isBetween(10_000L, LIMIT);
    boolean unified = Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
    boolean pressure = Files.exists(Path.of("/proc/pressure")) && unified;
    assertThat(stats(id).getCpu().hasPsi()).isEqualTo(pressure);
    Map<String, Long> values = metrics(id);
    assertThat(values.get("container_spec_memory_limit_bytes")).isEqualTo(LIMIT);
    assertThat(values.get("container_memory_usage_bytes")).isBetween(10_000L, LIMIT);
    assertThat(values.get("container_processes")).isEqualTo(1);
    assertThat(values)
        .containsKeys("container_cpu_user_seconds_total", "container_memory_failures_total");
    pod.remove();
  }

  private static ContainerStats stats(String id) {
    return client
        .runtime()
        .containerStats(ContainerStatsRequest.newBuilder().setContainerId(id).build())
        .getStats();
  }

  private static Map<String, Long> metrics(String id) {
    return client
        .runtime()
        .listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance())
        .getPodMetricsList()
        .stream()
        .flatMap(one -> one.getContainerMetricsList().stream())
        .filter(one -> one.getContainerId().equals(id))
        .flatMap(one -> one.getMetricsList().stream())
        .collect(Collectors.toMap(Metric::getName, m -> m.getValue().getValue(), Long::max));
  }

  @Test
  void underSeLinuxAContainerReadsItsPodsFilesAndTheVolumesThatAreRelabelled() throws Exception {
    assumeTrue(
        Files.exists(Path.of("/sys/fs/selinux/enforce")), "SKIP SELinux: this kernel has none");
    Path volume = Files.createDirectory(Path.of("/tmp/selinux-volume"));
    Path file = Files.writeString(volume.resolve("file"), "words\n");
    Command.run("chcon", "system_u:object_r:host_file_t:s0", file.toString());
    Workload pod = pod("labelled");
    Mount.Builder mount =
        Mount.newBuilder().setHostPath(volume.toString()).setContainerPath("/volume");
    ContainerConfig sleeping = limited("first", List.of("sleep", "1000"));
    String first = pod.create(sleeping.toBuilder().addMounts(mount).build());
    pod.start(first);

    ExecSyncResponse label = pod.exec(first, List.of("cat", "/proc/self/attr/current"));
    assertThat(label.getStdout().toStringUtf8())
        .matches("(?s)system_u:system_r:container_t:s0:c\\d+,c\\d+\\s*.?");
    assertThat(pod.exec(first, List.of("cat", "/etc/resolv.conf")).getExitCode()).isZero();
    ExecSyncResponse refused = pod.exec(first, List.of("cat", "/volume/file"));
    assertThat(refused.getStderr().toStringUtf8()).contains("Permission denied");

    ContainerConfig.Builder relabelling = limited("second", List.of("sleep", "1000")).toBuilder();
    pod.create(relabelling.addMounts(mount.setSelinuxRelabel(true)).build());
    assertThat(pod.exec(first, List.of("cat", "/volume/file")).getStdout().toStringUtf8())
        .isEqualTo("words\n");
    pod.remove();
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
