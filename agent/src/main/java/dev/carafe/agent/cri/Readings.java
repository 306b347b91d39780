package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.name.Times;
import dev.carafe.agent.pod.Interrupts;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodCgroups;
import dev.carafe.agent.pod.PodRecord;
import dev.carafe.agent.pod.PodState;
import dev.carafe.agent.stats.NetworkCounters;
import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.CgroupException;
import dev.carafe.runtime.cgroup.CgroupStats;
import dev.carafe.runtime.cgroup.CgroupUsage;
import dev.carafe.runtime.cgroup.CgroupUsageReader;
import dev.carafe.runtime.linux.NetworkNamespaces;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** Reads the kernel's counters of pods and containers as they are now. Thread-safe. */
public final class Readings {
  private static final Logger LOG = LogManager.getLogger(Readings.class);

  private final PodCgroups cgroups;
  private final CgroupUsageReader usages;
  private final NetworkNamespaces network;

  /** Counters of these cgroups and networks. */
  public Readings(PodCgroups cgroups, NetworkNamespaces network) {
    this.cgroups = requireNonNull(cgroups, "cgroups is null");
    this.usages = new CgroupUsageReader(cgroups.driver().layout());
    this.network = requireNonNull(network, "network is null");
  }

  /** A container's cgroup. */
  Cgroup open(String path) {
    return cgroups.driver().open(path, false);
  }

  /** All counters of a pod's cgroup; null when it is gone. */
  @Nullable CgroupStats pod(PodRecord pod) {
    return read(cgroups.path(pod), path -> open(path).stats());
  }

  /** The counters of a pod's cgroup that are asked for often; null when it is gone. */
  @Nullable CgroupUsage podUsage(PodRecord pod) {
    return usage(cgroups.path(pod));
  }

  /** The counters of a cgroup that are asked for often; null when it is gone. */
  @Nullable CgroupUsage usage(String path) {
    return read(path, usages::read);
  }

  private <T> @Nullable T read(String path, Function<String, T> reader) {
    try {
      return reader.apply(path);
    } catch (CgroupException endedMeanwhile) {
      LOG.debug("no statistics of cgroup {}: {}", path, endedMeanwhile.getMessage());
      return null;
    }
  }

  /**
   * The interfaces of those pods that are ready and have a network of their own, by the pod's id.
   */
  Map<String, Interfaces> interfaces(Collection<Pod> pods) {
    Map<Path, String> ids = new HashMap<>();
    for (Pod pod : pods) {
      if (pod.state().phase() == PodState.Phase.READY && !pod.state().record().hostNetwork()) {
        ids.put(pod.paths().netns(), pod.id());
      }
    }
    Map<String, Interfaces> found = new HashMap<>();
    try {
      long now = Times.nanos(InstantSource.system());
      Interrupts.call(() -> network.counters(ids.keySet()))
          .forEach((netns, text) ->
              found.put(ids.get(netns), new Interfaces(now, NetworkCounters.parse(text))));
    } catch (IOException failure) {
      LOG.warn("no network statistics: {}", failure.getMessage(), failure);
    }
    return found;
  }

  /**
   * Counters of a pod's network.
   *
   * @param timestamp when they were read, ns since the epoch
   * @param list all but loopback
   */
  record Interfaces(long timestamp, List<NetworkCounters.Interface> list) {}
}
