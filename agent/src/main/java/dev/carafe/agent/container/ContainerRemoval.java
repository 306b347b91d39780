package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.name.Reservations;
import dev.carafe.runtime.linux.Mounts;
import dev.carafe.runtime.state.Trees;
import java.io.IOException;

/** What happens at RemoveContainer, once nothing of it runs. Idempotent. */
public final class ContainerRemoval {
  private final ContainerTable table;
  private final ContainerStore store;
  private final ContainerResources resources;
  private final ImageService images;
  private final Reservations names;

  /** Removal from all of these. */
  public ContainerRemoval(
      ContainerTable table,
      ContainerStore store,
      ContainerResources resources,
      ImageService images,
      Reservations names) {
    this.table = requireNonNull(table, "table is null");
    this.store = requireNonNull(store, "store is null");
    this.resources = requireNonNull(resources, "resources is null");
    this.images = requireNonNull(images, "images is null");
    this.names = requireNonNull(names, "names is null");
  }

  /** Removes a container that does not run: cgroup, class, writable layer, and last its record. */
  ContainerState remove(Container container) {
    ContainerState state = container.state();
    container.files().lock();
    try {
      resources.release(container);
      // A restore that was killed leaves its root mounted.
      Mounts.detach(container.paths().criuRoot());
      Trees.delete(container.paths().dir());
      store.delete(container.id());
      table.remove(container.id());
    } catch (IOException failure) {
      throw Failure.internal(
          "cannot remove container %s: %s".formatted(container.id(), failure), failure);
    } finally {
      container.files().unlock();
    }
    names.release(state.record().name(), container.id());
    if (images.find(state.record().imageId()) == null
        || state.record().volumeImageIds().stream().anyMatch(id -> images.find(id) == null)) {
      // The image was removed while this container ran on it.
      images.sweep();
    }
    return state;
  }
}
