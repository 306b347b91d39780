package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.container.ContainerPaths;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.cri.Readings.Interfaces;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.agent.pod.PodState;
import dev.carafe.agent.stats.CgroupMetrics;
import dev.carafe.agent.stats.ContainerMetrics;
import dev.carafe.agent.stats.MetricSamples;
import dev.carafe.agent.stats.NetworkCounters;
import dev.carafe.agent.stats.ProcessMetrics;
import dev.carafe.agent.stats.WritableLayers;
import dev.carafe.cri.v1.PodSandboxMetadata;
import dev.carafe.cri.v1.PodSandboxMetrics;
import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.CgroupException;
import dev.carafe.runtime.cgroup.CgroupStats;
import dev.carafe.runtime.linux.FileSystems;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The metrics of pods that are ready and of their containers that run. Thread-safe. */
public final class PodMetrics {
  private static final Logger LOG = LogManager.getLogger(PodMetrics.class);

  private final PodManager pods;
  private final ContainerManager containers;
  private final Readings readings;
  private final WritableLayers layers;
  private final Path root;

  /**
   * Metrics of these.
   *
   * @param root the agent's root directory
   */
  public PodMetrics(
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
  }

  List<PodSandboxMetrics> list() throws IOException {
    FileSystems.Space space = FileSystems.space(root);
    List<PodSandboxMetrics> all = new ArrayList<>();
    List<Pod> wanted = pods.all();
    Map<String, Interfaces> networks = readings.interfaces(wanted);
    for (Pod pod : wanted) {
      if (pod.state().phase() == PodState.Phase.READY) {
        all.add(pod(pod, networks.get(pod.id()), space));
      }
    }
    return all;
  }

  private PodSandboxMetrics pod(Pod pod, @Nullable Interfaces network, FileSystems.Space space) {
    PodState state = pod.state();
    PodSandboxMetrics.Builder metrics = PodSandboxMetrics.newBuilder().setPodSandboxId(state.id());
    CgroupStats stats = readings.pod(state.record());
    if (stats != null) {
      MetricSamples samples =
          new MetricSamples(stats.timestamp(), labels(state, state.id(), "", "", ""));
      CgroupMetrics.add(samples, stats);
      samples.addTimes(state.record().createdAt());
      if (network != null) {
        NetworkCounters.add(samples, network.list());
      }
      metrics.addAllMetrics(samples.list());
    }
    for (ContainerState container : containers.list()) {
      if (container.record().podId().equals(state.id())) {
        MetricSamples samples = container(state, container, space);
        if (samples != null) {
          metrics
              .addContainerMetricsBuilder()
              .setContainerId(container.id())
              .addAllMetrics(samples.list());
        }
      }
    }
    return metrics.build();
  }

  private @Nullable MetricSamples container(
      PodState pod, ContainerState container, FileSystems.Space space) {
    if (container.phase() != ContainerState.Phase.RUNNING) {
      return null;
    }
    Cgroup cgroup = readings.open(container.record().cgroupPath());
    try {
      CgroupStats stats = cgroup.stats();
      String name = container.record().config().getMetadata().getName();
      MetricSamples samples =
          new MetricSamples(
              stats.timestamp(),
              labels(pod, container.id(), name, container.record().imageName(), name));
      CgroupMetrics.add(samples, stats);
      CgroupMetrics.addBlockIo(samples, stats.blockIo());
      CgroupMetrics.addHugePages(samples, cgroup.hugePages());
      ProcessMetrics.add(samples, cgroup.procs());
      ProcessMetrics.addLimits(samples, container.pid());
      ContainerMetrics.addLimits(samples, container.record().config().getLinux().getResources());
      ContainerMetrics.addFileSystem(
          samples, layers.usage(new ContainerPaths(container.id(), root).upper()), space);
      samples.addTimes(container.startedAt());
      return samples;
    } catch (CgroupException endedMeanwhile) {
      LOG.debug("no metrics of container {}: {}", container.id(), endedMeanwhile.getMessage());
      return null;
    }
  }

  private static List<String> labels(
      PodState pod, String id, String name, String image, String container) {
    PodSandboxMetadata metadata = pod.record().config().getMetadata();
    return List.of(id, name, image, metadata.getNamespace(), metadata.getName(), container);
  }
}
