package dev.carafe.agent.stats;

import dev.carafe.cri.v1.ContainerAttributes;
import dev.carafe.cri.v1.ContainerStats;
import dev.carafe.cri.v1.FilesystemUsage;
import dev.carafe.cri.v1.LinuxPodSandboxStats;
import dev.carafe.cri.v1.NetworkUsage;
import dev.carafe.cri.v1.PodSandboxAttributes;
import dev.carafe.cri.v1.PodSandboxStats;
import dev.carafe.runtime.cgroup.CgroupUsage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts the statistics of a container and of a pod together. */
public final class StatsMessages {
  private StatsMessages() {}

  /**
   * A container's statistics.
   *
   * @param stats its cgroup's counters; null for one that has not started, or has ended
   * @param nanoCores its current CPU rate, unused without counters
   * @param writableLayer what it has written; null when not known yet
   */
  public static ContainerStats container(
      ContainerAttributes attributes,
      @Nullable CgroupUsage stats,
      long nanoCores,
      @Nullable FilesystemUsage writableLayer) {
    ContainerStats.Builder message = ContainerStats.newBuilder().setAttributes(attributes);
    if (stats != null) {
      message
          .setCpu(Usage.cpu(stats, nanoCores))
          .setMemory(Usage.memory(stats))
          .setSwap(Usage.swap(stats))
          .setIo(Usage.io(stats));
    }
    if (writableLayer != null) {
      message.setWritableLayer(writableLayer);
    }
    return message.build();
  }

  /**
   * A pod's statistics.
   *
   * @param stats the counters of the pod's cgroup; null for a pod that is not ready
   * @param nanoCores its current CPU rate, unused without counters
   * @param network null for a pod in the host's network, or one that is not ready
   * @param containers those of its containers that run
   */
  public static PodSandboxStats pod(
      PodSandboxAttributes attributes,
      @Nullable CgroupUsage stats,
      long nanoCores,
      @Nullable NetworkUsage network,
      List<ContainerStats> containers) {
    LinuxPodSandboxStats.Builder linux =
        LinuxPodSandboxStats.newBuilder().addAllContainers(containers);
    if (stats != null) {
      linux
          .setCpu(Usage.cpu(stats, nanoCores))
          .setMemory(Usage.memory(stats))
          .setProcess(Usage.processes(stats))
          .setIo(Usage.io(stats));
    }
    if (network != null) {
      linux.setNetwork(network);
    }
    return PodSandboxStats.newBuilder().setAttributes(attributes).setLinux(linux).build();
  }
}
