package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.pod.PodRecord;
import dev.carafe.agent.rdt.RdtPlacement;
import dev.carafe.agent.rdt.mon.Monitoring;
import dev.carafe.cri.v1.PodSandboxMetadata;
import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.cgroup.CgroupException;
import dev.carafe.runtime.rdt.mon.Tenant;
import dev.carafe.runtime.spec.LinuxResources;
import java.nio.file.Path;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * What a running container holds in the kernel beside its processes: a cgroup with limits and a
 * class of service. Taken before it starts, given back when it has ended; both may be repeated.
 */
public final class ContainerResources {
  private static final Logger LOG = LogManager.getLogger(ContainerResources.class);

  private final CgroupDriver cgroups;
  private final RdtPlacement rdt;
  private final Monitoring monitoring;

  /** Resources from these. */
  public ContainerResources(CgroupDriver cgroups, RdtPlacement rdt, Monitoring monitoring) {
    this.cgroups = requireNonNull(cgroups, "cgroups is null");
    this.rdt = requireNonNull(rdt, "rdt is null");
    this.monitoring = requireNonNull(monitoring, "monitoring is null");
  }

  /**
   * Makes the container's monitoring group, if it shall have one.
   *
   * @param classTasks the tasks files of its class
   * @return the tasks files that its processes write themselves into
   */
  List<Path> monitor(PodRecord pod, ContainerRecord record, List<Path> classTasks) {
    PodSandboxMetadata metadata = pod.config().getMetadata();
    Tenant tenant =
        new Tenant(
            record.id(),
            record.podId(),
            metadata.getNamespace(),
            metadata.getName(),
            record.config().getMetadata().getName());
    return monitoring.join(tenant, metadata.getUid(), classTasks);
  }

  /** The same files for a process that joins a running container. */
  List<Path> monitored(String containerId, List<Path> classTasks) {
    return monitoring.tasks(containerId, classTasks);
  }

  /** Makes the cgroup with its limits; one that a killed agent left empty is used as it is. */
  CgroupDriver.Made createCgroup(
      ContainerRecord record, LinuxResources limits, CgroupDriver.Holder.Source holders) {
    CgroupDriver.Made made = cgroups.create(record.cgroupPath(), limits, holders);
    made.cgroup().notEnforced().forEach(limit -> LOG.warn("container {}: {}", record.id(), limit));
    return made;
  }

  /** The container's cgroup, as it was made. */
  Cgroup cgroup(ContainerRecord record) {
    return cgroups.open(record.cgroupPath(), true);
  }

  /** Lets its processes run on, if they stand still. A failure is logged. */
  void resume(Container container) {
    try {
      cgroup(container.state().record()).thaw();
    } catch (CgroupException stuck) {
      LOG.error("cannot let container {} run on", container.id(), stuck);
    }
  }

  /** Kills whatever runs in the container's cgroup, for want of a shim. */
  void kill(Container container) {
    cgroup(container.state().record()).kill();
  }

  /**
   * Gives everything back; the container's processes have ended. Failures are logged: nobody can do
   * better.
   */
  void release(Container container) {
    try {
      cgroup(container.state().record()).remove();
    } catch (CgroupException busy) {
      LOG.error("cannot remove the cgroup of container {}", container.id(), busy);
    }
    monitoring.release(container.id());
    rdt.release(container.id());
  }
}
