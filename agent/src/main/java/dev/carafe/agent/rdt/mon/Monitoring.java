package dev.carafe.agent.rdt.mon;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.CarafeConfig.MonitoringScope;
import dev.carafe.agent.event.NodeEvent.Level;
import dev.carafe.agent.event.NodeEvent.PodName;
import dev.carafe.agent.event.NodeEvents;
import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.mon.MonitoringGroups;
import dev.carafe.runtime.rdt.mon.Tenant;
import dev.carafe.runtime.rdt.mon.UsageReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The monitoring groups of this node's containers, as {@code rdt.monitoring} asks. Thread-safe. */
public final class Monitoring {
  private static final Logger LOG = LogManager.getLogger(Monitoring.class);

  /** Counters interrupt CPUs; nobody needs them more often than this. */
  private static final Duration FRESHNESS = Duration.ofMillis(200);

  private final CarafeConfig.RdtMonitoring config;
  private final Path root;
  private final MonitoringGroups groups;
  private final UsageReader reader;
  private final NodeEvents events;
  private final LongAdder refusals = new LongAdder();

  private Monitoring(
      CarafeConfig.RdtMonitoring config, Path root, MonitoringGroups groups, NodeEvents events) {
    this.events = events;
    this.config = config;
    this.root = root;
    this.groups = groups;
    this.reader = new UsageReader(root, groups, FRESHNESS);
  }

  /**
   * The groups as an earlier agent left them.
   *
   * @param root where resctrl is mounted, or may be one day
   * @param records a folder below the state directory
   * @param events hears of containers that are not monitored
   */
  public static Monitoring open(
      CarafeConfig.RdtMonitoring config, Path root, Path records, NodeEvents events)
      throws IOException {
    requireNonNull(config, "config is null");
    MonitoringGroups.Scope scope =
        config.scope() == MonitoringScope.POD
            ? MonitoringGroups.Scope.POD
            : MonitoringGroups.Scope.CONTAINER;
    return new Monitoring(
        config,
        root,
        MonitoringGroups.open(root, records, scope),
        requireNonNull(events, "events"));
  }

  /**
   * Makes a container's group, if it shall have one.
   *
   * @param podUid Kubernetes' id of its pod
   * @param classTasks the tasks files of its class; none for the root class
   * @return the tasks files that its processes write themselves into, in this order
   * @throws Failure of kind EXHAUSTED or UNAVAILABLE when there must be a group and can't
   */
  public List<Path> join(Tenant tenant, String podUid, List<Path> classTasks) {
    if (config.scope() == MonitoringScope.NONE) {
      return classTasks;
    }
    if (!config.required() && !isPossible()) {
      return classTasks;
    }
    try {
      groups.join(tenant, controlGroup(classTasks));
      return tasks(tenant.containerId(), classTasks);
    } catch (RdtException refused) {
      unmonitored(tenant, podUid, refused);
      return classTasks;
    }
  }

  private boolean isPossible() {
    return Files.isDirectory(root.resolve("mon_groups"));
  }

  /** The first file is the class's own. */
  private String controlGroup(List<Path> classTasks) {
    Path directory = classTasks.isEmpty() ? root : classTasks.getFirst().getParent();
    return directory == null || directory.equals(root)
        ? "/"
        : root.relativize(directory).toString();
  }

  private void unmonitored(Tenant tenant, String podUid, RdtException refused) {
    refusals.increment();
    String sentence =
        "container %s of pod %s/%s is not monitored: %s"
            .formatted(tenant.container(), tenant.namespace(), tenant.pod(), refused.getMessage());
    events.publish(
        Level.WARNING,
        "RdtNotMonitored",
        sentence,
        new PodName(tenant.namespace(), tenant.pod(), podUid, tenant.container()));
    if (config.required()) {
      throw refused.kind() == RdtException.Kind.EXHAUSTED
          ? Failure.exhausted(sentence + "; rdt.monitoring_required asks for it", refused)
          : Failure.unavailable(sentence + "; rdt.monitoring_required asks for it", refused);
    }
  }

  /**
   * The tasks files for a process that joins a running container.
   *
   * @param classTasks those of its class
   */
  public List<Path> tasks(String containerId, List<Path> classTasks) {
    List<Path> monitored = groups.tasks(containerId);
    return monitored == null ? classTasks : monitored;
  }

  /** Takes a container out that has ended. */
  public void release(String containerId) {
    try {
      groups.release(containerId);
    } catch (RuntimeException failure) {
      LOG.error("cannot remove the monitoring group of container {}", containerId, failure);
    }
  }

  /** Takes every container out but these, at the start of the agent. */
  public void retain(Set<String> running) {
    try {
      groups.retain(running);
    } catch (RuntimeException failure) {
      LOG.error("cannot remove monitoring groups that nobody needs", failure);
    }
  }

  /** All counters, at most 0.2 s old. Blocks. */
  public UsageReader usage() {
    return reader;
  }

  /** Where resctrl is mounted, or may be one day. */
  public Path root() {
    return root;
  }

  /** How many containers were started, or refused, for want of a monitoring group. */
  long refusals() {
    return refusals.sum();
  }

  /** Where resctrl is; null when it is not there. */
  @Nullable Resctrl resctrl() {
    return Resctrl.present(root) ? Resctrl.open(root) : null;
  }
}
