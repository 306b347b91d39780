package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.oci.HostFacts;
import dev.carafe.agent.oci.Resources;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.LinuxContainerResources;
import dev.carafe.runtime.spec.LinuxResources;
import java.io.IOException;
import java.util.List;

/**
 * What happens at UpdateContainerResources: the kernel first, all values or none, then the record.
 * Called under the pod's lock.
 */
public final class ContainerUpdate {
  private final ContainerStore store;
  private final Bundles bundles;
  private final ContainerResources resources;
  private final HostFacts host;

  /** Updates of these. */
  public ContainerUpdate(
      ContainerStore store, Bundles bundles, ContainerResources resources, HostFacts host) {
    this.store = requireNonNull(store, "store is null");
    this.bundles = requireNonNull(bundles, "bundles is null");
    this.resources = requireNonNull(resources, "resources is null");
    this.host = requireNonNull(host, "host is null");
  }

  /** Changes what the request names; an exited container is refused. */
  ContainerState update(Container container, LinuxContainerResources change) {
    ContainerState state = container.state();
    if (state.phase() == ContainerState.Phase.EXITED) {
      throw Failure.wrongState(
          "cannot update container %s: it has exited".formatted(container.id()));
    }
    ContainerConfig config = state.record().config();
    LinuxContainerResources merged = Resources.overlay(config.getLinux().getResources(), change);
    LinuxResources limits = Resources.toOci(merged, List.of(), host);
    if (state.phase() == ContainerState.Phase.RUNNING) {
      resources.cgroup(state.record()).update(limits);
    }
    ContainerConfig updated =
        config.toBuilder().setLinux(config.getLinux().toBuilder().setResources(merged)).build();
    ContainerRecord record = state.record().withConfig(updated);
    try {
      store.writeIntent(record);
      bundles.update(container.paths(), limits);
    } catch (IOException failure) {
      throw Failure.internal(
          "the limits of container %s are changed, but not recorded: %s"
              .formatted(container.id(), failure),
          failure);
    }
    return container.change(current -> current.with(record));
  }
}
