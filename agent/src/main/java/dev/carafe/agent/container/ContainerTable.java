package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.event.Event;
import dev.carafe.agent.event.Events;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The containers that the agent holds. Thread-safe; reading takes no lock. */
public final class ContainerTable {
  private final Events events;
  private final ConcurrentHashMap<String, Container> containers = new ConcurrentHashMap<>();

  /** No containers yet; {@code events} hears of theirs. */
  public ContainerTable(Events events) {
    this.events = requireNonNull(events, "events is null");
  }

  /** Adds a container in its first known state. */
  public Container add(ContainerPaths paths, ContainerState state) {
    Container container = new Container(paths, state, events);
    containers.put(container.id(), container);
    events.publish(Event.Kind.CREATED, container.id(), state.record().podId());
    return container;
  }

  /** Forgets a container. */
  public void remove(String id) {
    Container removed = containers.remove(id);
    if (removed != null) {
      events.publish(Event.Kind.DELETED, id, removed.state().record().podId());
    }
  }

  /** All containers, those in creation too. */
  public Collection<Container> all() {
    return List.copyOf(containers.values());
  }

  /** The containers of a pod. */
  public List<Container> ofPod(String podId) {
    return containers.values().stream()
        .filter(container -> container.state().record().podId().equals(podId))
        .toList();
  }

  /** Whether there is a container of this id that has not ended. */
  public boolean holds(String id) {
    Container container = containers.get(id);
    return container != null && container.state().phase() != ContainerState.Phase.EXITED;
  }

  /** Whether a container, running or not, was made from this image or mounts it. */
  public boolean usesImage(String imageId) {
    return containers.values().stream()
        .anyMatch(container -> container.state().record().usesImage(imageId));
  }

  /** The container with this id, or the only one whose id begins so; else null. */
  public @Nullable Container find(String idOrPrefix) {
    Container exact = containers.get(idOrPrefix);
    if (exact != null || idOrPrefix.isEmpty()) {
      return exact;
    }
    List<Container> candidates =
        containers.values().stream()
            .filter(container -> container.id().startsWith(idOrPrefix))
            .limit(2)
            .toList();
    return candidates.size() == 1 ? candidates.getFirst() : null;
  }
}
