package dev.carafe.node.kube;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Writes this node's entry into the status of an {@link RdtClassConfig}, by server-side apply: the
 * list is a map by node name, so that nodes never overwrite each other. Thread-safe.
 */
public final class RdtStatus {
  private static final Logger LOG = LogManager.getLogger(RdtStatus.class);
  private static final int MESSAGE_MAX = 1024;

  private final KubernetesClient client;
  private final String node;
  private final Map<String, String> written = new ConcurrentHashMap<>();

  /** The status entries of a node. */
  public RdtStatus(KubernetesClient client, String node) {
    this.client = requireNonNull(client, "client is null");
    this.node = requireNonNull(node, "node is null");
  }

  /** Says it, unless it was said last; one that cannot be written is written the next time. */
  public void write(RdtClassConfig resource, String state, String message) {
    String name = resource.getMetadata().getName();
    String patch = patch(resource, state, message).toString();
    if (patch.equals(written.get(name))) {
      return;
    }
    try {
      client
          .resources(RdtClassConfig.class)
          .withName(name)
          .subresource("status")
          .patch(
              new PatchContext.Builder()
                  .withPatchType(PatchType.SERVER_SIDE_APPLY)
                  .withFieldManager("carafe-node-" + node)
                  .withForce(true)
                  .build(),
              patch);
      written.put(name, patch);
    } catch (KubernetesClientException away) {
      LOG.warn("the status of {} is not written: {}", name, away.getMessage());
    }
  }

  private ObjectNode patch(RdtClassConfig resource, String state, String message) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.put("apiVersion", resource.getApiVersion()).put("kind", resource.getKind());
    patch.putObject("metadata").put("name", resource.getMetadata().getName());
    Long generation = resource.getMetadata().getGeneration();
    patch
        .putObject("status")
        .putArray("nodes")
        .addObject()
        .put("name", node)
        .put("generation", generation == null ? 0L : generation)
        .put("state", state)
        .put(
            "message",
            message.length() <= MESSAGE_MAX ? message : message.substring(0, MESSAGE_MAX));
    return patch;
  }
}
