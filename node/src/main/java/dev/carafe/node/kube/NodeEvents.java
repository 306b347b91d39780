package dev.carafe.node.kube;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Writes Kubernetes Events about this node and its pods. One that the API server does not take is
 * logged and forgotten: events are news, not state. Thread-safe.
 */
public final class NodeEvents {
  private static final Logger LOG = LogManager.getLogger(NodeEvents.class);
  private static final String COMPONENT = "carafe";
  private static final String DEFAULT_NAMESPACE = "default";
  private static final int MESSAGE_MAX = 1024;

  private final KubernetesClient client;
  private final String node;

  /** Events of a node. */
  public NodeEvents(KubernetesClient client, String node) {
    this.client = requireNonNull(client, "client is null");
    this.node = requireNonNull(node, "node is null");
  }

  /**
   * A pod, as its own events name it.
   *
   * @param container the part that is meant; empty for the whole
   */
  public record PodRef(String namespace, String name, String uid, String container) {}

  /**
   * Something about the node.
   *
   * @param type Normal or Warning
   */
  public void aboutNode(String type, String reason, String message) {
    // Events of cluster-wide objects lie in the default namespace; the uid of a node's events is
    // its
    // name, as the kubelet writes them.
    ObjectReference about =
        new ObjectReferenceBuilder()
            .withKind("Node")
            .withApiVersion("v1")
            .withName(node)
            .withUid(node)
            .build();
    write(DEFAULT_NAMESPACE, about, type, reason, message);
  }

  /** Something about a pod. */
  public void aboutPod(PodRef pod, String type, String reason, String message) {
    ObjectReference about =
        new ObjectReferenceBuilder()
            .withKind("Pod")
            .withApiVersion("v1")
            .withNamespace(pod.namespace())
            .withName(pod.name())
            .withUid(pod.uid())
            .withFieldPath(
                pod.container().isEmpty() ? null : "spec.containers{" + pod.container() + "}")
            .build();
    write(pod.namespace(), about, type, reason, message);
  }

  private void write(
      String namespace, ObjectReference about, String type, String reason, String message) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    try {
      client
          .v1()
          .events()
          .inNamespace(namespace)
          .resource(
              new EventBuilder()
                  .withNewMetadata()
                  .withGenerateName("carafe-")
                  .withNamespace(namespace)
                  .endMetadata()
                  .withInvolvedObject(about)
                  .withType(type)
                  .withReason(reason)
                  .withMessage(
                      message.length() <= MESSAGE_MAX ? message : message.substring(0, MESSAGE_MAX))
                  .withFirstTimestamp(now)
                  .withLastTimestamp(now)
                  .withCount(1)
                  .withNewSource(COMPONENT, node)
                  .withReportingComponent(COMPONENT)
                  .withReportingInstance(node)
                  .build())
          .create();
    } catch (KubernetesClientException away) {
      LOG.warn("event {} ({}) is not written: {}", reason, message, away.getMessage());
    }
  }
}
