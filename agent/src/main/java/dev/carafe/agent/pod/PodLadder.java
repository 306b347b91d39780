package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.network.Attachment;
import dev.carafe.agent.network.Cni;
import dev.carafe.agent.network.CniException;
import dev.carafe.agent.trace.Trace;
import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.linux.Mounts;
import dev.carafe.runtime.shim.ShimClient;
import dev.carafe.runtime.shim.ShimException;
import dev.carafe.runtime.shim.Started;
import dev.carafe.runtime.state.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The steps that make a pod, and the steps back. Each is idempotent and finds what it needs from
 * the pod's id and intent alone, so that it does not matter at which of them an agent was killed.
 * Called under the pod's lock.
 */
public final class PodLadder {
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
    cgroups.check(record);
    store.writeIntent(record);
    PodFiles.create(pod.paths(), record.config(), PodFiles.hostname(record));
    ShimClient shim = Trace.step("start shim", () -> shims.start(pod));
    pod.attach(shim);
    Trace.step("make namespaces", () -> start(shim, plans.namespaces(record, pod.paths())));
    List<String> ips = Trace.step("CNI ADD", () -> attachNetwork(pod, shim));
    int init = record.sharedPid() ? startInit(pod, shim) : 0;
    Interrupts.step(shim::commit);
    PodState ready = pod.state().ready(ips, init);
    store.writeState(ready);
    pod.become(ready);
  }

  /**
   * Back to a pod that holds nothing in the kernel: network released, shim gone, pins unmounted.
   * Its containers have ended before. The records stay.
   */
  void descend(Pod pod) throws IOException {
    ShimClient shim = pod.shim();
    if (shim != null) {
      shims.settle(shim);
    }
    detachNetwork(pod, shim);
    shims.stop(pod);
    pod.attach(null);
    release(pod.paths());
    cgroups.remove(pod.state().record());
  }

  /** Removes what is left on disk, the intent last. */
  void erase(Pod pod) throws IOException {
    Trees.delete(pod.paths().dir());
    store.delete(pod.id());
  }

  /** Removes a state directory whose pod has no record any more. */
  void sweep(PodPaths paths) throws IOException {
    release(paths);
    Trees.delete(paths.dir());
  }

  private static void release(PodPaths paths) throws IOException {
    for (Path pin : List.of(paths.netns(), paths.ipcns(), paths.utsns(), paths.userns())) {
      Mounts.detach(pin);
      Files.deleteIfExists(pin);
    }
    Mounts.detach(paths.shm());
  }

  private List<String> attachNetwork(Pod pod, ShimClient shim) throws IOException {
    PodRecord record = pod.state().record();
    if (record.hostNetwork()) {
      return List.of();
    }
    Attachment attachment = PodNetwork.attachment(record, pod.paths(), cgroups.path(record));
    return Interrupts.call(() -> {
      try {
        return cni.add(attachment, shims.pluginRunner(shim)).podIps();
      } catch (IllegalArgumentException annotation) {
        throw Failure.invalid(String.valueOf(annotation.getMessage()), annotation);
      } catch (CniException failure) {
        throw Failure.internal(
            "cannot set up the network of pod sandbox %s: %s"
                .formatted(pod.id(), failure.getMessage()),
            failure);
      }
    });
  }

  private void detachNetwork(Pod pod, @Nullable ShimClient shim) throws IOException {
    PodRecord record = pod.state().record();
    if (record.hostNetwork()) {
      return;
    }
    Attachment attachment = PodNetwork.attachment(record, pod.paths(), cgroups.path(record));
    Interrupts.step(() -> {
      try {
        cni.del(attachment, shims.pluginRunner(shim));
      } catch (CniException failure) {
        throw Failure.internal(
            "cannot release the network of pod sandbox %s: %s"
                .formatted(pod.id(), failure.getMessage()),
            failure);
      }
    });
  }

  private int startInit(Pod pod, ShimClient shim) throws IOException {
    PodRecord record = pod.state().record();
    try (CgroupDriver.Made leaf = cgroups.createInit(record, ShimHolder.source(shim, "init"))) {
      return start(shim, plans.init(record, pod.paths(), leaf.cgroup())).pid();
    }
  }

  private static Started start(ShimClient shim, PodPlans.Launch launch) throws IOException {
    try {
      return Interrupts.call(() -> shim.start(launch.request()));
    } catch (ShimException refused) {
      throw Failure.internal(
          "cannot prepare the pod sandbox: "
              + launch
                  .plan()
                  .describe(
                      Math.toIntExact(Math.min(refused.planIndex(), Integer.MAX_VALUE)),
                      refused.errno(),
                      Math.toIntExact(refused.item()),
                      String.valueOf(refused.getMessage())),
          refused);
    }
  }
}
