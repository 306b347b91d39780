package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.Container;
import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.container.ContainerPaths;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.agent.pod.PodState;
import dev.carafe.agent.stats.CpuRates;
import dev.carafe.agent.stats.NetworkCounters;
import dev.carafe.agent.stats.NetworkCounters.Interface;
import dev.carafe.agent.stats.StatsMessages;
import dev.carafe.agent.stats.WritableLayers;
import dev.carafe.cri.v1.ContainerAttributes;
import dev.carafe.cri.v1.ContainerStats;
import dev.carafe.cri.v1.ContainerStatsFilter;
import dev.carafe.cri.v1.FilesystemUsage;
import dev.carafe.cri.v1.NetworkUsage;
import dev.carafe.cri.v1.PodSandboxAttributes;
import dev.carafe.cri.v1.PodSandboxStats;
import dev.carafe.cri.v1.PodSandboxStatsFilter;
import dev.carafe.runtime.cgroup.CgroupStats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** Statistics of pods and containers, read when asked for. Thread-safe. */
public final class Statistics {
  private static final Logger LOG = LogManager.getLogger(Statistics.class);

  private final PodManager pods;
  private final ContainerManager containers;
  private final Readings readings;
  private final WritableLayers layers;
  private final Path root;
  private final Path containersDir;
  private final CpuRates rates = new CpuRates();

  /**
   * Statistics of these.
   *
   * @param root the agent's root directory
   */
  public Statistics(
      PodManager pods,
      ContainerManager containers,
      Readings readings,
      WritableLayers layers,
      Path root) {
    this.pods = requireNonNull(pods, "pods is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.readings = requireNonNull(readings, "readings is null");
    this.layers = requireNonNull(layers, "layers is null");
    this.root = requireNonNull(root, "root is null");
    this.containersDir = ContainerPaths.all(root);
  }

  ContainerStats container(Container container) {
    ContainerState state = container.state();
    CgroupStats stats = null;
    if (state.phase() == ContainerState.Phase.RUNNING) {
      stats = readings.cgroup(state.record().cgroupPath());
    }
    ContainerAttributes attributes =
        ContainerAttributes.newBuilder()
            .setId(state.id())
            .setMetadata(state.record().config().getMetadata())
            .putAllLabels(state.record().config().getLabelsMap())
            .putAllAnnotations(state.record().config().getAnnotationsMap())
            .build();
    long rate = stats == null ? 0 : rate(state.id(), state.startedAt(), stats);
    return StatsMessages.container(
        attributes, stats, rate, layers.usage(container.paths().upper()));
  }

  List<ContainerStats> containers(ContainerStatsFilter filter) {
    forgetTheGone();
    List<ContainerStats> found = new ArrayList<>();
    for (ContainerState state : containers.list()) {
      if (state.id().startsWith(filter.getId())
          && state.record().podId().startsWith(filter.getPodSandboxId())
          && state.phase() != ContainerState.Phase.EXITED
          && PodMapper.hasAll(
              state.record().config().getLabelsMap(), filter.getLabelSelectorMap())) {
        add(found, state.id());
      }
    }
    return found;
  }

  PodSandboxStats pod(Pod pod) {
    PodState state = pod.state();
    boolean ready = state.phase() == PodState.Phase.READY;
    CgroupStats stats = ready ? readings.pod(state.record()) : null;
    PodSandboxAttributes attributes =
        PodSandboxAttributes.newBuilder()
            .setId(state.id())
            .setMetadata(state.record().config().getMetadata())
            .putAllLabels(state.record().config().getLabelsMap())
            .putAllAnnotations(state.record().config().getAnnotationsMap())
            .build();
    long rate = stats == null ? 0 : rate(state.id(), state.record().createdAt(), stats);
    return StatsMessages.pod(
        attributes,
        stats,
        rate,
        stats == null ? null : network(pod, stats.timestamp()),
        containers(ContainerStatsFilter.newBuilder().setPodSandboxId(state.id()).build()));
  }

  List<PodSandboxStats> pods(PodSandboxStatsFilter filter) {
    return pods.all().stream()
        .filter(pod -> pod.id().startsWith(filter.getId()))
        .filter(pod ->
            PodMapper.hasAll(
                pod.state().record().config().getLabelsMap(), filter.getLabelSelectorMap()))
        .map(this::pod)
        .toList();
  }

  /** What all writable layers take; null until it was first measured. */
  @Nullable FilesystemUsage containerFs() {
    return layers.usage(containersDir);
  }

  /** What was remembered of containers and pods that are removed would pile up. */
  private void forgetTheGone() {
    Set<String> ids = new HashSet<>();
    Set<Path> directories = new HashSet<>(Set.of(containersDir));
    for (ContainerState state : containers.list()) {
      ids.add(state.id());
      directories.add(new ContainerPaths(state.id(), root).upper());
    }
    pods.list().forEach(pod -> ids.add(pod.id()));
    rates.retain(ids);
    layers.retain(directories);
  }

  private void add(List<ContainerStats> found, String id) {
    try {
      found.add(container(containers.require(id)));
    } catch (Failure removedMeanwhile) {
      LOG.debug("container {} went while statistics were read", id);
    }
  }

  private long rate(String id, long since, CgroupStats stats) {
    return rates.sample(id, since, stats.timestamp(), stats.cpu().usage());
  }

  private @Nullable NetworkUsage network(Pod pod, long timestamp) {
    List<Interface> interfaces = readings.interfaces(pod);
    return interfaces == null ? null : NetworkCounters.usage(interfaces, timestamp);
  }
}
