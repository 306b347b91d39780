package dev.carafe.agent.stats;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.MetricDescriptor;
import dev.carafe.cri.v1.MetricType;
import java.util.ArrayList;
import java.util.List;

/**
 * What ListPodSandboxMetrics can tell: the names that cAdvisor gave these numbers, so that what
 * reads a kubelet's /metrics/cadvisor reads on. CRI's values are whole numbers: seconds are cut.
 */
public enum MetricKind {
  BLKIO_USAGE(
      "blkio_device_usage_total", "Bytes moved from and to a block device", Labels.BLKIO, true),
  CPU_PERIODS("cpu_cfs_periods_total", "Enforcement periods of the CPU quota that passed", true),
  CPU_THROTTLED_PERIODS(
      "cpu_cfs_throttled_periods_total", "Periods in which the CPU quota ran out", true),
  CPU_THROTTLED(
      "cpu_cfs_throttled_seconds_total", "Seconds spent waiting for the next CPU period", true),
  CPU_SYSTEM("cpu_system_seconds_total", "Seconds of CPU time in the kernel", true),
  CPU_USAGE("cpu_usage_seconds_total", "Seconds of CPU time", Labels.CPU, true),
  CPU_USER("cpu_user_seconds_total", "Seconds of CPU time in user mode", true),
  FILE_DESCRIPTORS("file_descriptors", "Open file descriptors of all processes", false),
  FS_INODES_FREE("fs_inodes_free", "Free inodes of the file system", Labels.DEVICE, false),
  FS_INODES("fs_inodes_total", "Inodes of the file system", Labels.DEVICE, false),
  FS_LIMIT("fs_limit_bytes", "Size of the file system in bytes", Labels.DEVICE, false),
  FS_READ_BYTES("fs_reads_bytes_total", "Bytes read from the device", Labels.DEVICE, true),
  FS_READS("fs_reads_total", "Reads from the device", Labels.DEVICE, true),
  FS_USAGE("fs_usage_bytes", "Bytes that the writable layer takes", Labels.DEVICE, false),
  FS_WRITE_BYTES("fs_writes_bytes_total", "Bytes written to the device", Labels.DEVICE, true),
  FS_WRITES("fs_writes_total", "Writes to the device", Labels.DEVICE, true),
  HUGETLB_MAX(
      "hugetlb_max_usage_bytes", "Highest usage of huge pages in bytes", Labels.PAGE_SIZE, false),
  HUGETLB_USAGE("hugetlb_usage_bytes", "Usage of huge pages in bytes", Labels.PAGE_SIZE, false),
  LAST_SEEN("last_seen", "When this was read, seconds since the epoch", false),
  MEMORY_CACHE("memory_cache", "File pages in bytes", false),
  MEMORY_FAILCNT("memory_failcnt", "Times the memory limit was hit", true),
  MEMORY_FAULTS("memory_failures_total", "Page faults", Labels.FAULT, true),
  MEMORY_KERNEL("memory_kernel_usage", "Kernel memory in bytes", false),
  MEMORY_MAPPED("memory_mapped_file", "Mapped file pages in bytes", false),
  MEMORY_MAX("memory_max_usage_bytes", "Highest memory usage in bytes", false),
  MEMORY_RSS("memory_rss", "Anonymous memory in bytes", false),
  MEMORY_SWAP("memory_swap", "Memory swapped out, in bytes", false),
  MEMORY_USAGE("memory_usage_bytes", "All memory that is charged, in bytes", false),
  MEMORY_WORKING_SET(
      "memory_working_set_bytes", "Memory without inactive file pages, in bytes", false),
  NET_RX_BYTES("network_receive_bytes_total", "Bytes received", Labels.INTERFACE, true),
  NET_RX_ERRORS("network_receive_errors_total", "Errors while receiving", Labels.INTERFACE, true),
  NET_RX_DROPPED(
      "network_receive_packets_dropped_total",
      "Packets dropped while receiving",
      Labels.INTERFACE,
      true),
  NET_RX_PACKETS("network_receive_packets_total", "Packets received", Labels.INTERFACE, true),
  NET_TX_BYTES("network_transmit_bytes_total", "Bytes sent", Labels.INTERFACE, true),
  NET_TX_ERRORS("network_transmit_errors_total", "Errors while sending", Labels.INTERFACE, true),
  NET_TX_DROPPED(
      "network_transmit_packets_dropped_total",
      "Packets dropped while sending",
      Labels.INTERFACE,
      true),
  NET_TX_PACKETS("network_transmit_packets_total", "Packets sent", Labels.INTERFACE, true),
  OOM_EVENTS("oom_events_total", "Processes killed for want of memory", true),
  CPU_STALLED(
      "pressure_cpu_stalled_seconds_total", "Seconds in which all tasks waited for a CPU", true),
  CPU_WAITING(
      "pressure_cpu_waiting_seconds_total", "Seconds in which some task waited for a CPU", true),
  IO_STALLED(
      "pressure_io_stalled_seconds_total", "Seconds in which all tasks waited for I/O", true),
  IO_WAITING(
      "pressure_io_waiting_seconds_total", "Seconds in which some task waited for I/O", true),
  MEMORY_STALLED(
      "pressure_memory_stalled_seconds_total",
      "Seconds in which all tasks waited for memory",
      true),
  MEMORY_WAITING(
      "pressure_memory_waiting_seconds_total",
      "Seconds in which some task waited for memory",
      true),
  PROCESSES("processes", "Processes", false),
  SOCKETS("sockets", "Open sockets of all processes", false),
  SPEC_CPU_PERIOD("spec_cpu_period", "Configured CPU period in microseconds", false),
  SPEC_CPU_QUOTA("spec_cpu_quota", "Configured CPU quota in microseconds; 0 for none", false),
  SPEC_CPU_SHARES("spec_cpu_shares", "Configured CPU shares", false),
  SPEC_MEMORY("spec_memory_limit_bytes", "Memory limit in bytes; 0 for none", false),
  SPEC_MEMORY_RESERVATION(
      "spec_memory_reservation_limit_bytes", "Memory reservation in bytes; 0 for none", false),
  SPEC_SWAP("spec_memory_swap_limit_bytes", "Swap limit in bytes; 0 for none", false),
  START_TIME("start_time_seconds", "When it was started, seconds since the epoch", false),
  THREADS("threads", "Threads", false),
  THREADS_MAX("threads_max", "Most threads; 0 without a limit", false),
  ULIMITS("ulimits_soft", "Soft limits of the first process", Labels.ULIMIT, false);

  /** Who a number is about; the first labels of every metric, in this order. */
  public static final List<String> BASE_LABELS = Labels.BASE;

  private static final class Labels {
    static final List<String> BASE =
        List.of("id", "name", "image", "namespace", "pod", "container");
    static final List<String> BLKIO = List.of("device", "major", "minor", "operation");
    static final List<String> CPU = List.of("cpu");
    static final List<String> DEVICE = List.of("device");
    static final List<String> FAULT = List.of("failure_type", "scope");
    static final List<String> INTERFACE = List.of("interface");
    static final List<String> PAGE_SIZE = List.of("pagesize");
    static final List<String> ULIMIT = List.of("ulimit");

    private Labels() {}
  }

  private final MetricDescriptor descriptor;
  private final MetricType type;

  MetricKind(String name, String help, boolean counter) {
    this(name, help, List.of(), counter);
  }

  MetricKind(String name, String help, List<String> own, boolean counter) {
    List<String> labels = new ArrayList<>(Labels.BASE);
    labels.addAll(requireNonNull(own, "own is null"));
    descriptor =
        MetricDescriptor.newBuilder()
            .setName("container_" + name)
            .setHelp(help)
            .addAllLabelKeys(labels)
            .build();
    type = counter ? MetricType.COUNTER : MetricType.GAUGE;
  }

  /** Name, help and label keys. */
  public MetricDescriptor descriptor() {
    return descriptor;
  }

  MetricType type() {
    return type;
  }
}
