package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ListMetricDescriptorsRequest;
import dev.carafe.cri.v1.ListPodSandboxMetricsRequest;
import dev.carafe.cri.v1.Metric;
import dev.carafe.cri.v1.MetricDescriptor;
import dev.carafe.cri.v1.PodSandboxMetrics;
import dev.carafe.cri.v1.StreamPodSandboxMetricsRequest;
import dev.carafe.e2e.client.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Metrics of real containers, held against their own descriptors. */
class PodMetricsIT {
  @RegisterExtension static final CriNode NODE = new CriNode();

  /** Kernels without a device, PSI or huge pages give no number of these. */
  private static final List<String> MAY_BE_ABSENT =
      List.of(
          "container_blkio_",
          "container_fs_reads_",
          "container_fs_writes_",
          "container_hugetlb_",
          "container_pressure_");

  @Test
  void everyDescribedNumberIsThereWithItsLabels() {
    Map<String, Integer> described =
        NODE
            .runtime()
            .listMetricDescriptors(ListMetricDescriptorsRequest.getDefaultInstance())
            .getDescriptorsList()
            .stream()
            .collect(
                Collectors.toMap(MetricDescriptor::getName, MetricDescriptor::getLabelKeysCount));
    Workload pod = NODE.pod();
    ContainerConfig.Builder config = shell("c", "exec 7</dev/null; sleep 1000 & wait");
    config
        .getLinuxBuilder()
        .getResourcesBuilder()
        .setCpuPeriod(50_000)
        .setCpuQuota(40_000)
        .setMemoryLimitInBytes(64 << 20);
    String id = run(pod, config);

    PodSandboxMetrics metrics = list(pod);
    List<Metric> all = new ArrayList<>(metrics.getMetricsList());
    assertThat(metrics.getContainerMetricsList()).hasSize(1);
    assertThat(metrics.getContainerMetrics(0).getContainerId()).isEqualTo(id);
    all.addAll(metrics.getContainerMetrics(0).getMetricsList());
    assertThat(all)
        .allSatisfy(metric -> {
          assertThat(described).containsEntry(metric.getName(), metric.getLabelValuesCount());
          assertThat(metric.getTimestamp()).isPositive();
        });
    Set<String> missing = new TreeSet<>(described.keySet());
    all.forEach(metric -> missing.remove(metric.getName()));
    missing.removeIf(name -> MAY_BE_ABSENT.stream().anyMatch(name::startsWith));
    assertThat(missing).isEmpty();
    assertThat(value(metrics, "container_processes")).isEqualTo(2);
    assertThat(value(metrics, "container_file_descriptors")).isBetween(7L, 12L);
    assertThat(value(metrics, "container_spec_cpu_period")).isEqualTo(50_000);
    assertThat(value(metrics, "container_spec_cpu_quota")).isEqualTo(40_000);
    assertThat(value(metrics, "container_spec_memory_limit_bytes")).isEqualTo(64 << 20);
    assertThat(value(metrics, "container_memory_usage_bytes")).isBetween(10_000L, 64L << 20);
    pod.remove();
  }

  @Test
  void theStreamSaysTheSameOfEachPodOnce() {
    Workload first = NODE.pod();
    Workload second = NODE.pod();
    List<String> streamed = new ArrayList<>();
    NODE.runtime()
        .streamPodSandboxMetrics(StreamPodSandboxMetricsRequest.getDefaultInstance())
        .forEachRemaining(part ->
            part.getPodSandboxMetricsList().forEach(pod -> streamed.add(pod.getPodSandboxId())));
    assertThat(streamed).containsExactlyInAnyOrder(first.podId(), second.podId());
    first.remove();
    second.remove();
  }

  private static PodSandboxMetrics list(Workload pod) {
    return NODE
        .runtime()
        .listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance())
        .getPodMetricsList()
        .stream()
        .filter(one -> one.getPodSandboxId().equals(pod.podId()))
        .findFirst()
        .orElseThrow();
  }

  private static long value(PodSandboxMetrics metrics, String name) {
    return metrics.getContainerMetrics(0).getMetricsList().stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is missing"))
        .getValue()
        .getValue();
  }
}
