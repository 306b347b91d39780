package dev.carafe.agent;

import dev.carafe.agent.cdi.CdiRegistry;
import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.container.Bundles;
import dev.carafe.agent.container.Container;
import dev.carafe.agent.container.ContainerCreation;
import dev.carafe.agent.container.ContainerCriu;
import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.container.ContainerRecovery;
import dev.carafe.agent.container.ContainerSpecs;
import dev.carafe.agent.container.ContainerStart;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.container.ContainerUpdate;
import dev.carafe.agent.container.Exec;
import dev.carafe.agent.container.Launches;
import dev.carafe.agent.event.EventHub;
import dev.carafe.agent.oci.SpecFactory;
import dev.carafe.runtime.checkpoint.CriuProgram;
import dev.carafe.runtime.seccomp.SeccompCache;
import dev.carafe.runtime.seccomp.SeccompCompiler;
import dev.carafe.runtime.shim.ShimImage;
import java.io.IOException;
import java.util.stream.Collectors;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The node's pods and containers.
 *
 * @param events what happens to them
 * @param parts what containers are known by
 * @param criu what checkpoints and restores them
 */
record Workloads(
    EventHub events,
    RdtParts rdt,
    ContainerParts parts,
    PodParts pods,
    ContainerManager containers,
    ContainerCriu criu) {
  private static final Logger LOG = LogManager.getLogger(Workloads.class);

  /** Rolls forward or back what an earlier agent left. */
  static Workloads recover(
      Ground ground, RdtParts rdt, ContainerParts parts, ShimImage shimImage, EventHub events)
      throws IOException, InterruptedException {
    PodParts pods = PodParts.recover(ground, shimImage, parts.exits(), events);
    new ContainerRecovery(
            parts.table(), parts.store(), parts.exits(), parts.names(), ground.clock())
        .recover(pods.recovered());
    rdt.monitoring()
        .retain(
            parts.table().all().stream()
                .filter(container -> container.state().phase() == ContainerState.Phase.RUNNING)
                .map(Container::id)
                .collect(Collectors.toSet()));
    rdt.placement().sweep(parts.table()::holds);
    parts.images().sweep();
    LOG.info(
        "recovered {} pods and {} containers", pods.recovered().size(), parts.table().all().size());

    CarafeConfig config = ground.config();
    Bundles bundles = new Bundles();
    Launches launches =
        new Launches(
            ground.layout(),
            new SeccompCache(config.root().resolve("seccomp"), new SeccompCompiler()::compile),
            config.runtime().seccompProfile());
    ContainerCriu criu =
        new ContainerCriu(
            new CriuProgram(config.runtime().criu()), bundles, parts.resources(), launches);
    ContainerManager containers =
        new ContainerManager(
            parts.table(),
            pods.manager(),
            creation(ground, rdt, parts, pods, bundles),
            new ContainerStart(
                bundles,
                parts.store(),
                parts.resources(),
                rdt.placement(),
                launches,
                ground.host(),
                criu,
                ground.clock()),
            parts.stopper(),
            parts.removal(),
            new ContainerUpdate(parts.store(), bundles, parts.resources(), ground.host()),
            new Exec(bundles, parts.resources(), rdt.placement(), launches, ground.host()),
            parts.names());
    return new Workloads(events, rdt, parts, pods, containers, criu);
  }

  private static ContainerCreation creation(
      Ground ground, RdtParts rdt, ContainerParts parts, PodParts pods, Bundles bundles) {
    ContainerSpecs specs =
        new ContainerSpecs(
            new SpecFactory(ground.host(), ground.appArmor()),
            parts.table(),
            new CdiRegistry(ground.config().runtime().cdiSpecDirs()),
            pods.handlers());
    return new ContainerCreation(
        parts.table(),
        parts.store(),
        parts.images(),
        specs,
        bundles,
        rdt.placement(),
        pods.cgroups(),
        ground.clock());
  }
}
