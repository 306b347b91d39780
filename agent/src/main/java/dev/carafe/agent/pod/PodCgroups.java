package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.cgroup.CgroupException;
import dev.carafe.runtime.spec.LinuxResources;

/**
 * Where the cgroups of pods and containers are: below the parent that the kubelet made for the pod,
 * or, when a client names none, below one of our own. Thread-safe.
 */
public final class PodCgroups {
  private final CgroupDriver driver;
  private final String defaultParent;

  /** Cgroups by this driver, pods without a parent below {@code defaultParent}. */
  public PodCgroups(CgroupDriver driver, String defaultParent) {
    this.driver = requireNonNull(driver, "driver is null");
    this.defaultParent = requireNonNull(defaultParent, "defaultParent is null");
  }

  /** Makes and opens them. */
  public CgroupDriver driver() {
    return driver;
  }

  /** The pod's cgroup: its containers' are children of it. */
  public String path(PodRecord pod) {
    String parent = pod.config().getLinux().getCgroupParent();
    return parent.isEmpty() ? driver.ownParent(defaultParent, pod.id()) : driver.parent(parent);
  }

  /** A container's cgroup. */
  public String path(PodRecord pod, String containerId) {
    return driver.child(path(pod), containerId);
  }

  /** A container's cgroup, as the agent made it. */
  public Cgroup open(PodRecord pod, String containerId) {
    return driver.open(path(pod, containerId), true);
  }

  /** The pod's cgroup, which only reading is meant for. */
  public Cgroup openPod(PodRecord pod) {
    return driver.open(path(pod), false);
  }

  /** Removes what the agent made for the pod itself; a parent of the kubelet's stays. */
  public void remove(PodRecord pod) {
    boolean ours = pod.config().getLinux().getCgroupParent().isEmpty();
    Cgroup cgroup = driver.open(ours ? path(pod) : initPath(pod), true);
    // A pod's init outlives a shim that was killed.
    cgroup.kill();
    cgroup.remove();
  }

  /**
   * Refuses a pod whose cgroup this driver can't have.
   *
   * @throws Failure INVALID, naming the parent
   */
  void check(PodRecord pod) {
    try {
      path(pod);
    } catch (CgroupException wrong) {
      throw Failure.invalid("linux.cgroup_parent: " + wrong.getMessage(), wrong);
    }
  }

  /** Makes the leaf of the pod's init. */
  CgroupDriver.Made createInit(PodRecord pod, CgroupDriver.Holder.Source holders) {
    return driver.create(initPath(pod), LinuxResources.NONE, holders);
  }

  private String initPath(PodRecord pod) {
    return path(pod, "init-" + pod.id());
  }
}
