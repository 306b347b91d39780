package dev.carafe.agent;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.RuntimeHandlers;
import dev.carafe.agent.container.ContainerExits;
import dev.carafe.agent.event.Events;
import dev.carafe.agent.network.Cni;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodCgroups;
import dev.carafe.agent.pod.PodLadder;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.agent.pod.PodPlans;
import dev.carafe.agent.pod.PodRecovery;
import dev.carafe.agent.pod.PodStore;
import dev.carafe.agent.pod.Shims;
import dev.carafe.runtime.shim.ShimImage;
import dev.carafe.runtime.shim.ShimLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What pods are made of.
 *
 * @param recovered the pods that an earlier agent left
 */
record PodParts(
    PodManager manager,
    PodCgroups cgroups,
    Cni cni,
    RuntimeHandlers handlers,
    List<Pod> recovered) {

  /** Takes over the pods that an earlier agent left, and connects to their shims. */
  static PodParts recover(Ground ground, ShimImage shimImage, ContainerExits exits, Events events)
      throws IOException, InterruptedException {
    CarafeConfig config = ground.config();
    Shims shims = new Shims(new ShimLauncher(shimImage.path()), exits, ground.workers());
    Cni cni = new Cni(() -> ground.reload().config().network());
    PodStore store = new PodStore(config.root(), config.state());
    PodCgroups cgroups = new PodCgroups(ground.driver(), config.runtime().cgroupParent());
    PodPlans plans = new PodPlans(ground.host().boundingCapabilities(), ground.host().seLinux());
    PodLadder ladder = new PodLadder(store, shims, plans, cni, cgroups);
    RuntimeHandlers handlers = new RuntimeHandlers(config.runtime().handlers());
    String bootId = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    PodManager manager =
        new PodManager(store, ladder, exits, handlers, ground.clock(), bootId, events);
    List<Pod> recovered = new PodRecovery(store, ladder, shims, cni, bootId, events).recover();
    recovered.forEach(manager::restore);
    return new PodParts(manager, cgroups, cni, handlers, recovered);
  }
}
