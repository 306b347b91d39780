package dev.carafe.node.kube;

import static java.util.Objects.requireNonNull;

import dev.carafe.node.host.HostException;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Moves pods off a node by the eviction API, which minds disruption budgets. */
public final class Eviction {
  private static final Logger LOG = LogManager.getLogger(Eviction.class);
  private static final String MIRROR = "kubernetes.io/config.mirror";
  private static final Set<String> ENDED = Set.of("Succeeded", "Failed");
  private static final int TOO_MANY_REQUESTS = 429;
  private static final long LOOK_SECONDS = 2;

  private final KubernetesClient client;

  /** Evictions through this client. */
  public Eviction(KubernetesClient client) {
    this.client = requireNonNull(client, "client is null");
  }

  /**
   * Evicts until none is left that can be: pods of DaemonSets and static pods stay.
   *
   * @throws HostException names those that a budget kept, after {@code patience}
   */
  public void drain(String node, Duration patience) throws HostException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      String left;
      try {
        List<Pod> pods = movable(node);
        if (pods.isEmpty()) {
          return;
        }
        pods.forEach(this::evict);
        left = pods.stream().map(Eviction::name).toList().toString();
      } catch (KubernetesClientException away) {
        left = "nobody knows what: " + away.getMessage();
      }
      if (System.nanoTime() > end) {
        throw new HostException(
            "still on the node after %d s, for their disruption budgets or grace periods: %s"
                .formatted(patience.toSeconds(), left));
      }
      TimeUnit.SECONDS.sleep(LOOK_SECONDS);
    }
  }

  private List<Pod> movable(String node) {
    return client
        .pods()
        .inAnyNamespace()
        .withField("spec.nodeName", node)
        .list()
        .getItems()
        .stream()
        .filter(Eviction::movable)
        .toList();
  }

  static boolean movable(Pod pod) {
    if (pod.getMetadata().getAnnotations() != null
        && pod.getMetadata().getAnnotations().containsKey(MIRROR)) {
      return false;
    }
    if (pod.getStatus() != null && ENDED.contains(String.valueOf(pod.getStatus().getPhase()))) {
      return false;
    }
    List<OwnerReference> owners = pod.getMetadata().getOwnerReferences();
    return owners == null
        || owners.stream().noneMatch(owner -> owner.getKind().equals("DaemonSet"));
  }

  private void evict(Pod pod) {
    if (pod.getMetadata().getDeletionTimestamp() != null) {
      return;
    }
    try {
      client
          .pods()
          .inNamespace(pod.getMetadata().getNamespace())
          .withName(pod.getMetadata().getName())
          .evict();
    } catch (KubernetesClientException refused) {
      if (refused.getCode() != TOO_MANY_REQUESTS) {
        LOG.warn("cannot evict {}: {}", name(pod), refused.getMessage());
      }
    }
  }

  private static String name(Pod pod) {
    return pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
  }
}
