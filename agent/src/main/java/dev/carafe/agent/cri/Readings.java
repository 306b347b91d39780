package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.pod.Interrupts;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodCgroups;
import dev.carafe.agent.pod.PodRecord;
import dev.carafe.agent.stats.NetworkCounters;
import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.CgroupException;
import dev.carafe.runtime.cgroup.CgroupStats;
import dev.carafe.runtime.cgroup.CgroupUsage;
import dev.carafe.runtime.shim.ShimClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** Reads the kernel's counters of pods and containers as they are now. Thread-safe. */
public final class Readings {
  private static final Logger LOG = LogManager.getLogger(Readings.class);

  private final PodCgroups cgroups;

  /** Counters of these cgroups. */
  public Readings(PodCgroups cgroups) {
    this.cgroups = requireNonNull(cgroups, "cgroups is null");
  }

  /** A container's cgroup. */
  Cgroup open(String path) {
    return cgroups.driver().open(path, false);
  }

  /** All counters of a pod's cgroup; null when it is gone. */
  @Nullable CgroupStats pod(PodRecord pod) {
    return read(cgroups.path(pod), Cgroup::stats);
  }

  /** The counters of a pod's cgroup that are asked for often; null when it is gone. */
  @Nullable CgroupUsage podUsage(PodRecord pod) {
    return usage(cgroups.path(pod));
  }

  /** The counters of a cgroup that are asked for often; null when it is gone. */
  @Nullable CgroupUsage usage(String path) {
    return read(path, Cgroup::usage);
  }

  private <T> @Nullable T read(String path, Function<Cgroup, T> reader) {
    try {
      return reader.apply(open(path));
    } catch (CgroupException endedMeanwhile) {
      LOG.debug("no statistics of cgroup {}: {}", path, endedMeanwhile.getMessage());
      return null;
    }
  }

  /** The pod's interfaces; null for a pod in the host's network, or one that is not ready. */
  @Nullable List<NetworkCounters.Interface> interfaces(Pod pod) {
    ShimClient shim = pod.shim();
    if (shim == null || pod.state().record().hostNetwork()) {
      return null;
    }
    try {
      byte[] text = Interrupts.call(() -> shim.netdev(pod.paths().netns()));
      return NetworkCounters.parse(new String(text, StandardCharsets.US_ASCII));
    } catch (IOException failure) {
      LOG.warn("no network statistics of pod {}: {}", pod.id(), failure.getMessage());
      return null;
    }
  }
}
