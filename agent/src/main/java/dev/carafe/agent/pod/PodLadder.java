package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.network.Attachment;
import dev.carafe.agent.network.Cni;
import dev.carafe.agent.network.CniResult;
import dev.carafe.runtime.linux.Mounts;
import dev.carafe.runtime.shim.LaunchRequest;
import dev.carafe.runtime.shim.ShimClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The steps that make a pod, and the steps back. Each is idempotent and finds what it needs from
 * the pod's id and intent alone, so that it does not matter at which of them an agent was killed.
 * Called under the pod's lock.
 */
public final class PodLadder {
  private static final Logger LOG = LogManager.getLogger(PodLadder.class);

  private final PodStore store;
  private final Shims shims;
  private final PodPlans plans;
  private final Cni cni;
  private final PodCgroups cgroups;

  /** A ladder over these parts. */
  public PodLadder(PodStore store, Shims shims, PodPlans plans, Cni cni, PodCgroups cgroups) {
    this.store = requireNonNull(store, "store is null");
    this.shims = requireNonNull(shims, "shims is null");
    this.plans = requireNonNull(plans, "plans is null");
    this.cni = requireNonNull(cni, "cni is null");
    this.cgroups = requireNonNull(cgroups, "cgroups is null");
  }

  /**
   * From nothing to READY: the intent first, the shim, namespaces, network, and last the commit.
   */
  void climb(Pod pod) throws IOException {
    PodRecord record = pod.state().record();
    plans.check(record);
    store.writeIntent(record);
    PodFiles.create(pod.paths(), record.config(), PodFiles.hostname(record));
    ShimClient shim = shims.start(pod);
    pod.attach(shim);
    shim.start(LaunchRequest.prepare("sandbox", plans.namespaces(record, pod.paths())));
    List<String> ips = attachNetwork(pod, shim);
    int init = record.sharedPid() ? startInit(pod, shim) : 0;
    shim.commit();
    PodState ready = pod.state().ready(ips, init);
    store.writeState(ready);
    pod.become(ready);
  }

  /**
   * Back to a pod that holds nothing in the kernel: network released, shim gone, pins unmounted.
   * Its containers have ended before. The records stay.
   */
  void descend(Pod pod) throws IOException {
    PodRecord record = pod.state().record();
    ShimClient shim = pod.shim();
    if (!record.hostNetwork()) {
      cni.del(pod.id(), pod.paths().netns(), shims.pluginRunner(shim));
    }
    shims.stop(pod);
    pod.attach(null);
    for (Path pin :
        List.of(
            pod.paths().netns(), pod.paths().ipcns(), pod.paths().utsns(), pod.paths().userns())) {
      Mounts.detach(pin);
      Files.deleteIfExists(pin);
    }
    Mounts.detach(pod.paths().shm());
    cgroups.remove(record);
  }

  /** Removes what is left on disk, the intent last. */
  void erase(Pod pod) throws IOException {
    Mounts.deleteTree(pod.paths().dir());
    store.delete(pod.id());
  }

  private List<String> attachNetwork(Pod pod, ShimClient shim) {
    PodRecord record = pod.state().record();
    if (record.hostNetwork()) {
      return List.of();
    }
    Attachment attachment = PodNetwork.attachment(record, pod.paths(), cgroups.path(record));
    CniResult result = cni.add(attachment, shims.pluginRunner(shim));
    LOG.debug("pod {} has the addresses {}", pod.id(), result.addresses());
    return result.addresses();
  }

  private int startInit(Pod pod, ShimClient shim) throws IOException {
    return shim.start(plans.init(pod.state().record(), pod.paths(), cgroups)).pid();
  }
}
