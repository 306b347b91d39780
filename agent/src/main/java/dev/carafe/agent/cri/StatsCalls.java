package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.Container;
import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.image.store.FsUsage;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodCgroups;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.cri.v1.ContainerStats;
import dev.carafe.cri.v1.ContainerStatsFilter;
import dev.carafe.cri.v1.PodSandboxStats;
import dev.carafe.cri.v1.PodSandboxStatsFilter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** Statistics of pods and containers. */
public final class StatsCalls implements ContainerFs {
  private final PodManager pods;
  private final ContainerManager containers;
  private final PodCgroups cgroups;
  private final InstantSource clock;

  /** Statistics of these. */
  public StatsCalls(
      PodManager pods, ContainerManager containers, PodCgroups cgroups, InstantSource clock) {
    this.pods = requireNonNull(pods, "pods is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.cgroups = requireNonNull(cgroups, "cgroups is null");
    this.clock = requireNonNull(clock, "clock is null");
  }

  ContainerStats container(Container container) {
    return ContainerStats.getDefaultInstance();
  }

  List<ContainerStats> containers(ContainerStatsFilter filter) {
    return List.of();
  }

  PodSandboxStats pod(Pod pod) {
    return PodSandboxStats.getDefaultInstance();
  }

  List<PodSandboxStats> pods(PodSandboxStatsFilter filter) {
    return List.of();
  }

  @Override
  public FsUsage usage() {
    return new FsUsage(Path.of("/"), 0, 0);
  }
}
