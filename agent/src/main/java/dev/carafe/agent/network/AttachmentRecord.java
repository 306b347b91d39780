package dev.carafe.agent.network;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of an attachment, so that DEL works although the configuration, the network
 * namespace or the agent that did ADD is gone.
 *
 * @param phase how far ADD is known to have come
 * @param netns the path where the network namespace was pinned
 * @param cniArgs CNI_ARGS of ADD
 * @param runtimeConfig see {@link RuntimeConfig}
 * @param network the configuration that ADD used
 * @param result what ADD gave; null while it is pending
 */
public record AttachmentRecord(
    Phase phase,
    String podId,
    String netns,
    String ifname,
    String cniArgs,
    ObjectNode runtimeConfig,
    ObjectNode network,
    @Nullable ObjectNode result) {
  public AttachmentRecord {
    requireNonNull(phase, "phase");
    requireNonNull(podId, "podId");
    requireNonNull(netns, "netns");
    requireNonNull(ifname, "ifname");
    requireNonNull(cniArgs, "cniArgs");
    requireNonNull(runtimeConfig, "runtimeConfig");
    requireNonNull(network, "network");
    if ((phase == Phase.ATTACHED) != (result != null)) {
      throw new IllegalArgumentException("an attached record has a result, a pending one has none");
    }
  }

  /** PENDING from before ADD to after its end: DEL is owed. */
  public enum Phase {
    PENDING,
    ATTACHED
  }

  static AttachmentRecord pending(Attachment attachment, CniNetwork network) {
    return new AttachmentRecord(
        Phase.PENDING,
        attachment.podId(),
        attachment.netns().toString(),
        attachment.ifname(),
        cniArgs(attachment),
        RuntimeConfig.of(attachment),
        network.config(),
        null);
  }

  AttachmentRecord attached(ObjectNode result) {
    return new AttachmentRecord(
        Phase.ATTACHED, podId, netns, ifname, cniArgs, runtimeConfig, network, result);
  }

  /** The names that Kubernetes' plugins look for. IgnoreUnknown keeps the others quiet. */
  private static String cniArgs(Attachment attachment) {
    return "IgnoreUnknown=1;K8S_POD_NAMESPACE=%s;K8S_POD_NAME=%s;K8S_POD_INFRA_CONTAINER_ID=%s;K8S_POD_UID=%s"
        .formatted(
            attachment.namespace(), attachment.podName(), attachment.podId(), attachment.uid());
  }
}
