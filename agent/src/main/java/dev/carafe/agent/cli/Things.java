package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.Container;
import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.PodSandbox;
import io.grpc.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds what a person means: by id, the beginning of an id, or a name. */
final class Things {
  private final Client client;

  Things(Client client) {
    this.client = requireNonNull(client, "client is null");
  }

  /**
   * The only container whose id begins so, or whose name is this; of several with that name the one
   * made last.
   *
   * @return null when there is none
   * @throws io.grpc.StatusRuntimeException when the beginning of an id fits several
   */
  @Nullable Container container(String text) {
    List<Container> all =
        client
            .runtime(s -> s.listContainers(ListContainersRequest.getDefaultInstance()))
            .getContainersList();
    List<Container> byId = all.stream().filter(one -> one.getId().startsWith(text)).toList();
    if (!byId.isEmpty()) {
      return only(text, "containers", byId);
    }
    return all.stream()
        .filter(one -> one.getMetadata().getName().equals(text))
        .max(java.util.Comparator.comparingLong(Container::getCreatedAt))
        .orElse(null);
  }

  /** The only pod whose id begins so, or whose name or NAMESPACE/NAME is this; null for none. */
  @Nullable PodSandbox pod(String text) {
    List<PodSandbox> all =
        client
            .runtime(s -> s.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()))
            .getItemsList();
    List<PodSandbox> byId = all.stream().filter(one -> one.getId().startsWith(text)).toList();
    if (!byId.isEmpty()) {
      return only(text, "pods", byId);
    }
    List<PodSandbox> byName = all.stream().filter(one -> named(one, text)).toList();
    return byName.isEmpty() ? null : only(text, "pods", byName);
  }

  private static boolean named(PodSandbox pod, String text) {
    String name = pod.getMetadata().getName();
    return name.equals(text) || (pod.getMetadata().getNamespace() + "/" + name).equals(text);
  }

  private static <T> T only(String text, String kind, List<T> found) {
    if (found.size() > 1) {
      throw Status.INVALID_ARGUMENT
          .withDescription(
              "\"%s\" fits %d %s: give more of the id".formatted(text, found.size(), kind))
          .asRuntimeException();
    }
    return found.getFirst();
  }
}
