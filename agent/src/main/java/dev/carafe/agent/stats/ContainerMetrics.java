package dev.carafe.agent.stats;

import dev.carafe.cri.v1.FilesystemUsage;
import dev.carafe.cri.v1.LinuxContainerResources;
import dev.carafe.runtime.linux.FileSystems;
import org.jspecify.annotations.Nullable;

/** What is configured for a container and what it has written, as metrics. */
public final class ContainerMetrics {
  private static final long DEFAULT_PERIOD_MICROS = 100_000;
  private static final long DEFAULT_SHARES = 1024;

  private ContainerMetrics() {}

  /** Adds the limits that no cgroup tells, with the kernel's defaults for what is not set. */
  public static void addLimits(MetricSamples to, LinuxContainerResources resources) {
    to.add(
        MetricKind.SPEC_CPU_PERIOD,
        resources.getCpuPeriod() == 0 ? DEFAULT_PERIOD_MICROS : resources.getCpuPeriod());
    to.add(MetricKind.SPEC_CPU_QUOTA, Math.max(0, resources.getCpuQuota()));
    to.add(
        MetricKind.SPEC_CPU_SHARES,
        resources.getCpuShares() == 0 ? DEFAULT_SHARES : resources.getCpuShares());
    to.add(MetricKind.SPEC_MEMORY_RESERVATION, 0);
  }

  /**
   * Adds the writable layer and the file system that it is on.
   *
   * @param layer null when it was not measured yet, which counts as nothing
   */
  public static void addFileSystem(
      MetricSamples to, @Nullable FilesystemUsage layer, FileSystems.Space space) {
    String device = space.device();
    to.add(MetricKind.FS_USAGE, layer == null ? 0 : layer.getUsedBytes().getValue(), device);
    to.add(MetricKind.FS_LIMIT, space.bytes(), device);
    to.add(MetricKind.FS_INODES, space.inodes(), device);
    to.add(MetricKind.FS_INODES_FREE, space.inodesFree(), device);
  }
}
