package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.FsCgroupDriver;

/**
 * Where the cgroups of pods and containers are: below the parent that the kubelet made for the pod,
 * or, when a client names none, below one of our own. Thread-safe.
 */
public final class PodCgroups {
  private final FsCgroupDriver driver;
  private final String defaultParent;

  /** Cgroups by this driver, pods without a parent below {@code defaultParent}. */
  public PodCgroups(FsCgroupDriver driver, String defaultParent) {
    this.driver = requireNonNull(driver, "driver is null");
    this.defaultParent = requireNonNull(defaultParent, "defaultParent is null");
  }

  /** Makes and opens them. */
  public FsCgroupDriver driver() {
    return driver;
  }

  /** The pod's cgroup: its containers' are children of it. */
  public String path(PodRecord pod) {
    String parent = pod.config().getLinux().getCgroupParent();
    return parent.isEmpty() ? defaultParent + "/" + pod.id() : parent;
  }

  /** A container's cgroup. */
  public String path(PodRecord pod, String containerId) {
    return path(pod) + "/" + containerId;
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

  /** The leaf of the pod's init. */
  String initPath(PodRecord pod) {
    return path(pod, "init-" + pod.id());
  }
}
