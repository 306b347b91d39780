package dev.carafe.agent;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.container.ContainerExits;
import dev.carafe.agent.container.ContainerRemoval;
import dev.carafe.agent.container.ContainerResources;
import dev.carafe.agent.container.ContainerStop;
import dev.carafe.agent.container.ContainerStore;
import dev.carafe.agent.container.ContainerTable;
import dev.carafe.agent.event.Events;
import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.image.ImageSettings;
import dev.carafe.agent.image.PinnedImages;
import dev.carafe.agent.image.VerifierProgram;
import dev.carafe.agent.image.layer.LayerLimits;
import dev.carafe.agent.name.Reservations;
import dev.carafe.agent.network.ProcessRunner;
import java.io.IOException;
import java.time.Duration;

/**
 * What is known of containers and how they end, and their images: what must be there before the
 * first pod is, for a pod's shim tells of exits as soon as it is connected.
 */
record ContainerParts(
    ContainerTable table,
    ContainerStore store,
    Reservations names,
    ImageService images,
    ContainerResources resources,
    ContainerStop stopper,
    ContainerRemoval removal,
    ContainerExits exits) {

  /** Opens the image store; what an earlier agent left of containers is read by their recovery. */
  static ContainerParts open(Ground ground, RdtParts rdt, Events events) throws IOException {
    ContainerTable table = new ContainerTable(events);
    ImageService images =
        ImageService.open(
            imageSettings(ground), id -> table.usesImage(id.toString()), ground.metrics());
    ContainerStore store = new ContainerStore(ground.config().root());
    Reservations names = new Reservations("container");
    ContainerResources resources =
        new ContainerResources(ground.driver(), rdt.placement(), rdt.monitoring());
    ContainerStop stopper = new ContainerStop();
    ContainerRemoval removal = new ContainerRemoval(table, store, resources, images, names);
    ContainerExits exits =
        new ContainerExits(
            table, store, resources, stopper, removal, ground.workers(), ground.clock());
    return new ContainerParts(table, store, names, images, resources, stopper, removal, exits);
  }

  private static ImageSettings imageSettings(Ground ground) {
    CarafeConfig config = ground.config();
    Reload reload = ground.reload();
    return new ImageSettings(
        config.root().resolve("images"),
        () -> reload.config().image().hostsDir(),
        LayerLimits.DEFAULT,
        Duration.ofSeconds(config.image().progressTimeout()),
        new VerifierProgram(
            () -> reload.config().image().verifier(),
            new ProcessRunner(),
            Duration.ofSeconds(config.image().verifierTimeout())),
        new PinnedImages(config.image().pinned()));
  }
}
