package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.Container;
import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.container.ContainerPaths;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.cri.Readings.Interfaces;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.agent.pod.PodState;
import dev.carafe.agent.stats.CpuRates;
import dev.carafe.agent.stats.NetworkCounters;
import dev.carafe.agent.stats.StatsMessages;
import dev.carafe.agent.stats.WritableLayers;
import dev.carafe.cri.v1.ContainerAttributes;
import dev.carafe.cri.v1.ContainerStats;
import dev.carafe.cri.v1.ContainerStatsFilter;
import dev.carafe.cri.v1.FilesystemUsage;
import dev.carafe.cri.v1.PodSandboxAttributes;
import dev.carafe.cri.v1.PodSandboxStats;
import dev.carafe.cri.v1.PodSandboxStatsFilter;
import dev.carafe.runtime.cgroup.CgroupUsage;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Statistics of pods and containers, read when asked for. Thread-safe. */
public final class Statistics {
  private final PodManager pods;
  private final ContainerManager containers;
  private final Readings readings;
  private final WritableLayers layers;
  private final Path root;
  private final Path containersDir;
  private final CpuRates rates = new CpuRates();
  private final Rendered<ContainerState, ContainerAttributes> containerAttributes =
      new Rendered<>(Statistics::attributes, ContainerAttributes.parser());
  private final Rendered<PodState, PodSandboxAttributes> podAttributes =
      new Rendered<>(Statistics::attributes, PodSandboxAttributes.parser());

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
    CgroupUsage stats = null;
    if (state.phase() == ContainerState.Phase.RUNNING) {
      stats = readings.usage(state.record().cgroupPath());
    }
    long rate = stats == null ? 0 : rate(state.id(), state.startedAt(), stats);
    return StatsMessages.container(
        containerAttributes.of(state), stats, rate, layers.usage(container.paths().upper()));
  }

  private static ContainerAttributes attributes(ContainerState state) {
    return ContainerAttributes.newBuilder()
        .setId(state.id())
        .setMetadata(state.record().config().getMetadata())
        .putAllLabels(state.record().config().getLabelsMap())
        .putAllAnnotations(state.record().config().getAnnotationsMap())
        .build();
  }

  private static PodSandboxAttributes attributes(PodState state) {
    return PodSandboxAttributes.newBuilder()
        .setId(state.id())
        .setMetadata(state.record().config().getMetadata())
        .putAllLabels(state.record().config().getLabelsMap())
        .putAllAnnotations(state.record().config().getAnnotationsMap())
        .build();
  }

  /** Those that have not ended. */
  List<ContainerStats> containers(ContainerStatsFilter filter) {
    forgetTheGone();
    List<ContainerState> wanted =
        containers.list().stream()
            .filter(state ->
                state.id().startsWith(filter.getId())
                    && state.record().podId().startsWith(filter.getPodSandboxId())
                    && PodMapper.hasAll(
                        state.record().config().getLabelsMap(), filter.getLabelSelectorMap()))
            .toList();
    return Halves.map(wanted, half -> read(half.stream()));
  }

  PodSandboxStats pod(Pod pod) {
    return pod(
        pod,
        containers.list().stream()
            .filter(container -> container.record().podId().equals(pod.id()))
            .toList(),
        readings.interfaces(List.of(pod)).get(pod.id()));
  }

  private PodSandboxStats pod(Pod pod, List<ContainerState> members, @Nullable Interfaces network) {
    PodState state = pod.state();
    boolean ready = state.phase() == PodState.Phase.READY;
    CgroupUsage stats = ready ? readings.podUsage(state.record()) : null;
    long rate = stats == null ? 0 : rate(state.id(), state.record().createdAt(), stats);
    return StatsMessages.pod(
        podAttributes.of(state),
        stats,
        rate,
        network == null ? null : NetworkCounters.usage(network.list(), network.timestamp()),
        read(members.stream()));
  }

  List<PodSandboxStats> pods(PodSandboxStatsFilter filter) {
    forgetTheGone();
    Map<String, List<ContainerState>> members =
        containers.list().stream().collect(Collectors.groupingBy(one -> one.record().podId()));
    List<Pod> wanted =
        pods.all().stream()
            .filter(pod ->
                pod.id().startsWith(filter.getId())
                    && PodMapper.hasAll(
                        pod.state().record().config().getLabelsMap(), filter.getLabelSelectorMap()))
            .toList();
    Map<String, Interfaces> networks = readings.interfaces(wanted);
    return Halves.map(
        wanted,
        half ->
            half.stream()
                .map(pod ->
                    pod(pod, members.getOrDefault(pod.id(), List.of()), networks.get(pod.id())))
                .toList());
  }

  /**
   * What all writable layers take; until it was first measured only where they are, for a kubelet
   * wants to know that in the first answer.
   *
   * @param now nanoseconds since the epoch
   */
  FilesystemUsage containerFs(long now) {
    FilesystemUsage known = layers.usage(containersDir);
    return known != null ? known : layers.unmeasured(now);
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

  private List<ContainerStats> read(Stream<ContainerState> states) {
    return states
        .filter(state -> state.phase() != ContainerState.Phase.EXITED)
        .map(state -> containers.find(state.id()))
        .filter(Objects::nonNull)
        .map(this::container)
        .toList();
  }

  private long rate(String id, long since, CgroupUsage stats) {
    return rates.sample(id, since, stats.timestamp(), stats.cpuNanos());
  }
}
