package dev.carafe.agent.container;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The containers that the agent holds. Thread-safe; reading takes no lock. */
public final class ContainerTable {
  private final ConcurrentHashMap<String, Container> containers = new ConcurrentHashMap<>();

  /** Adds a container. */
  public void put(Container container) {
    containers.put(container.id(), container);
  }

  /** Forgets a container. */
  public void remove(String id) {
    containers.remove(id);
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

  /** Whether a container, running or not, was made from this image. */
  public boolean usesImage(String imageId) {
    return containers.values().stream()
        .anyMatch(container -> container.state().record().imageId().equals(imageId));
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
