package dev.carafe.agent.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.cri.v1.MetricDescriptor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class MetricKindTest {
  /** What critest looks for, each behind container_. */
  private static final String EXPECTED =
      """
      blkio_device_usage_total
      cpu_cfs_periods_total
      cpu_cfs_throttled_periods_total
      cpu_cfs_throttled_seconds_total
      cpu_system_seconds_total
      cpu_usage_seconds_total
      cpu_user_seconds_total
      file_descriptors
      fs_inodes_free
      fs_inodes_total
      fs_limit_bytes
      fs_reads_bytes_total
      fs_reads_total
      fs_usage_bytes
      fs_writes_bytes_total
      fs_writes_total
      hugetlb_max_usage_bytes
      hugetlb_usage_bytes
      last_seen
      memory_cache
      memory_failcnt
      memory_failures_total
      memory_kernel_usage
      memory_mapped_file
      memory_max_usage_bytes
      memory_rss
      memory_swap
      memory_usage_bytes
      memory_working_set_bytes
      network_receive_bytes_total
      network_receive_errors_total
      network_receive_packets_dropped_total
      network_receive_packets_total
      network_transmit_bytes_total
      network_transmit_errors_total
      network_transmit_packets_dropped_total
      network_transmit_packets_total
      oom_events_total
      pressure_cpu_stalled_seconds_total
      pressure_cpu_waiting_seconds_total
      pressure_io_stalled_seconds_total
      pressure_io_waiting_seconds_total
      pressure_memory_stalled_seconds_total
      pressure_memory_waiting_seconds_total
      processes
      sockets
      spec_cpu_period
      spec_cpu_quota
      spec_cpu_shares
      spec_memory_limit_bytes
      spec_memory_reservation_limit_bytes
      spec_memory_swap_limit_bytes
      start_time_seconds
      threads
      threads_max
      ulimits_soft
      """;

  @Test
  void everyNameThatCritestExpectsIsDescribedOnce() {
    assertThat(Stream.of(MetricKind.values()).map(kind -> kind.descriptor().getName()))
        .containsExactlyInAnyOrderElementsOf(
            EXPECTED.lines().map(name -> "container_" + name).toList());
  }

  @Test
  void everyDescriptorHelpsAndBeginsWithTheCommonLabels() {
    assertThat(Stream.of(MetricKind.values()).map(MetricKind::descriptor))
        .allSatisfy(descriptor -> {
          assertThat(descriptor.getHelp()).isNotBlank();
          assertThat(descriptor.getLabelKeysList())
              .startsWith(MetricKind.BASE_LABELS.toArray(String[]::new))
              .doesNotHaveDuplicates();
        });
  }

  @Test
  void aSampleHasAsManyLabelsAsItsDescriptor() {
    MetricSamples samples = new MetricSamples(1, List.of("1", "2", "3", "4", "5", "6"));
    samples.add(MetricKind.CPU_USAGE, 3, "total");
    MetricDescriptor descriptor = MetricKind.CPU_USAGE.descriptor();

    assertThat(samples.list().getFirst().getLabelValuesList())
        .hasSize(descriptor.getLabelKeysCount())
        .endsWith("total");
    assertThatThrownBy(() -> samples.add(MetricKind.CPU_USAGE, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("CPU_USAGE");
  }
}
