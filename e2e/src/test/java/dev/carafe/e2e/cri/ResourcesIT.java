package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerStats;
import dev.carafe.cri.v1.ContainerStatsFilter;
import dev.carafe.cri.v1.ContainerStatsRequest;
import dev.carafe.cri.v1.HugepageLimit;
import dev.carafe.cri.v1.LinuxContainerResources;
import dev.carafe.cri.v1.ListContainerStatsRequest;
import dev.carafe.cri.v1.PodSandboxStats;
import dev.carafe.cri.v1.PodSandboxStatsRequest;
import dev.carafe.cri.v1.PodSandboxStatusRequest;
import dev.carafe.cri.v1.UpdateContainerResourcesRequest;
import dev.carafe.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Limits and usage, against the kernel's own files. */
class ResourcesIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  @BeforeAll
  static void legacy() {
    Assumptions.assumeTrue(
        Files.isDirectory(CGROUPS.resolve("memory")),
        "SKIP cgroup-v1: this test reads v1's files; runtime-core tests v2 in the virtual machine");
  }

  @Test
  void limitsStandInTheKernelsFilesAndAreChanged() throws Exception {
    Workload pod = NODE.pod();
    ContainerConfig.Builder config = shell("c", "sleep 1000");
    config
        .getLinuxBuilder()
        .getResourcesBuilder()
        .setCpuShares(512)
        .setCpuPeriod(100_000)
        .setCpuQuota(50_000)
        .setMemoryLimitInBytes(64 << 20)
        .setCpusetCpus("0");
    String id = run(pod, config);
    assertThat(value(id, "cpu", "cpu.shares")).isEqualTo("512");
    assertThat(value(id, "cpu", "cpu.cfs_quota_us")).isEqualTo("50000");
    assertThat(value(id, "memory", "memory.limit_in_bytes")).isEqualTo("67108864");
    assertThat(value(id, "cpuset", "cpuset.cpus")).isEqualTo("0");

    update(
        id,
        LinuxContainerResources.newBuilder()
            .setCpuShares(2048)
            .setCpuPeriod(50_000)
            .setCpuQuota(25_000)
            .setMemoryLimitInBytes(128 << 20)
            .setCpusetCpus("0-1"));
    assertThat(value(id, "cpu", "cpu.shares")).isEqualTo("2048");
    assertThat(value(id, "cpu", "cpu.cfs_period_us")).isEqualTo("50000");
    assertThat(value(id, "cpu", "cpu.cfs_quota_us")).isEqualTo("25000");
    assertThat(value(id, "memory", "memory.limit_in_bytes")).isEqualTo("134217728");
    assertThat(value(id, "cpuset", "cpuset.cpus")).isEqualTo("0-1");
    assertThat(NODE.status(id).getResources().getLinux().getCpuShares()).isEqualTo(2048);
    assertThat(NODE.status(id).getResources().getLinux().getMemoryLimitInBytes())
        .isEqualTo(128 << 20);
    pod.remove();
  }

  @Test
  void oneRefusedValueChangesNone() throws Exception {
    Workload pod = NODE.pod();
    ContainerConfig.Builder config = shell("c", "sleep 1000");
    config
        .getLinuxBuilder()
        .getResourcesBuilder()
        .setCpuShares(512)
        .setMemoryLimitInBytes(64 << 20);
    String id = run(pod, config);
    assertRefused(
        Code.INVALID_ARGUMENT,
        () ->
            update(
                id,
                LinuxContainerResources.newBuilder()
                    .setCpuShares(1024)
                    .setMemoryLimitInBytes(128 << 20)
                    .setCpusetCpus("4000")),
        "4000");
    assertThat(value(id, "cpu", "cpu.shares")).isEqualTo("512");
    assertThat(value(id, "memory", "memory.limit_in_bytes")).isEqualTo("67108864");
    assertThat(NODE.status(id).getResources().getLinux().getCpuShares()).isEqualTo(512);
    NODE.stop(id, 0);
    assertRefused(
        Code.FAILED_PRECONDITION,
        () -> update(id, LinuxContainerResources.newBuilder().setCpuShares(2)),
        id);
    pod.remove();
  }

  @Test
  void hugePagesAreLimitedAndTheLimitIsChanged() throws Exception {
    Path controllers = CGROUPS.resolve("unified/cgroup.controllers");
    Assumptions.assumeTrue(
        Files.exists(controllers) && Files.readString(controllers).contains("hugetlb"),
        "SKIP hugetlb: no cgroup controller for huge pages");
    Workload pod = NODE.pod();
    ContainerConfig.Builder config = shell("c", "sleep 1000");
    config
        .getLinuxBuilder()
        .getResourcesBuilder()
        .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(4 << 20));
    String id = run(pod, config);
    assertThat(value(id, "", "hugetlb.2MB.max")).isEqualTo("4194304");

    update(
        id,
        LinuxContainerResources.newBuilder()
            .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(8 << 20)));
    assertThat(value(id, "", "hugetlb.2MB.max")).isEqualTo("8388608");
    assertThat(NODE.status(id).getResources().getLinux().getHugepageLimitsList())
        .containsExactly(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(8 << 20).build());
    pod.remove();
  }

  @Test
  void aPodsNewResourcesAreRemembered() throws Exception {
    Workload pod = NODE.pod();
    NODE.runtime()
        .updatePodSandboxResources(
            UpdatePodSandboxResourcesRequest.newBuilder()
                .setPodSandboxId(pod.podId())
                .setOverhead(LinuxContainerResources.newBuilder().setCpuShares(3))
                .setResources(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(5 << 20))
                .build());
    JsonNode linux = podInfo(pod).path("config").path("linux");
    assertThat(linux.path("overhead").path("cpu_shares").asLong()).isEqualTo(3);
    assertThat(linux.path("resources").path("memory_limit_in_bytes").asLong()).isEqualTo(5 << 20);
    JsonNode info = podInfo(pod);
    assertThat(info.path("processStatus").asText()).isEqualTo("running");
    assertThat(info.path("runtimeSpec").path("linux").path("namespaces"))
        .extracting(namespace -> namespace.path("type").asText())
        .containsExactly("network", "uts", "ipc");
    assertThat(info.path("runtimeSpec").path("linux").path("namespaces"))
        .allSatisfy(namespace -> assertThat(Path.of(namespace.path("path").asText())).exists());
    pod.remove();
    assertRefused(
        Code.NOT_FOUND,
        () ->
            NODE.runtime()
                .updatePodSandboxResources(
                    UpdatePodSandboxResourcesRequest.newBuilder()
                        .setPodSandboxId(pod.podId())
                        .build()),
        pod.podId());
  }

  private static JsonNode podInfo(Workload pod) throws IOException {
    return new ObjectMapper()
        .readTree(
            NODE.runtime()
                .podSandboxStatus(
                    PodSandboxStatusRequest.newBuilder()
                        .setPodSandboxId(pod.podId())
                        .setVerbose(true)
                        .build())
                .getInfoOrThrow("info"));
  }

  @Test
  void statisticsFollowWhatIsDone() {
    Workload pod = NODE.pod();
    String id = run(pod, shell("c", "sleep 1000"));
    ContainerStats idle = stats(id);
    long podRx =
        podStats(pod).getLinux().getNetwork().getDefaultInterface().getTxBytes().getValue();
    NODE.exec(
        id,
        20,
        "sh",
        "-c",
        "head -c 3000000 /dev/zero > /file; i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done");
    NODE.exec(
        id,
        20,
        "ping",
        "-c",
        "2",
        "-i",
        "0.2",
        "-s",
        "1000",
        NODE.node().settings().subnet() + ".1");
    ContainerStats busy = stats(id);
    assertThat(busy.getAttributes().getId()).isEqualTo(id);
    assertThat(busy.getCpu().getUsageCoreNanoSeconds().getValue())
        .isGreaterThan(idle.getCpu().getUsageCoreNanoSeconds().getValue() + 20_000_000);
    assertThat(busy.getCpu().getTimestamp()).isGreaterThan(idle.getCpu().getTimestamp());
    assertThat(busy.getMemory().getWorkingSetBytes().getValue()).isBetween(10_000L, 64L << 20);
    Awaitility.await()
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(() ->
            assertThat(stats(id).getWritableLayer().getUsedBytes().getValue())
                .isBetween(3_000_000L, 3_500_000L));
    PodSandboxStats after = podStats(pod);
    assertThat(after.getLinux().getNetwork().getDefaultInterface().getName()).isEqualTo("eth0");
    assertThat(after.getLinux().getNetwork().getDefaultInterface().getTxBytes().getValue())
        .isGreaterThan(podRx + 2000);
    assertThat(after.getLinux().getProcess().getProcessCount().getValue()).isPositive();
    assertThat(after.getLinux().getContainersList()).hasSize(1);
    assertThat(
            NODE.runtime()
                .listContainerStats(
                    ListContainerStatsRequest.newBuilder()
                        .setFilter(ContainerStatsFilter.newBuilder().setPodSandboxId(pod.podId()))
                        .build())
                .getStatsList())
        .extracting(stats -> stats.getAttributes().getId())
        .containsExactly(id);
    pod.remove();
  }

  private static void update(String id, LinuxContainerResources.Builder change) {
    NODE.runtime()
        .updateContainerResources(
            UpdateContainerResourcesRequest.newBuilder()
                .setContainerId(id)
                .setLinux(change)
                .build());
  }

  private static ContainerStats stats(String id) {
    return NODE.runtime()
        .containerStats(ContainerStatsRequest.newBuilder().setContainerId(id).build())
        .getStats();
  }

  private static PodSandboxStats podStats(Workload pod) {
    return NODE.runtime()
        .podSandboxStats(PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod.podId()).build())
        .getStats();
  }

  /** A file of the cgroup that the container's init is in, by /proc. */
  private static String value(String id, String controller, String file) throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/" + NODE.pid(id) + "/cgroup"))) {
      String[] parts = line.split(":", 3);
      if (parts[1].equals(controller)) {
        return Files.readString(
                CGROUPS
                    .resolve(controller.isEmpty() ? "unified" : controller)
                    .resolve(parts[2].substring(1))
                    .resolve(file))
            .strip();
      }
    }
    throw new IOException("process of " + id + " is in no cgroup of " + controller);
  }
}
