package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import com.google.common.hash.Hashing;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.NamespaceOption;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PodSandboxMetadata;

/**
 * A pod's intent: everything that must outlive the agent and a reboot. Written before the first
 * kernel object of the pod exists; only resources are changed after.
 *
 * @param id the pod's id
 * @param config the client's configuration, with overhead and resources as last updated
 * @param runtimeHandler the RuntimeClass handler, "" for the default
 * @param createdAt nanoseconds since the epoch
 * @param bootId the kernel's boot id at creation: when it differs, nothing of the pod is left
 */
public record PodRecord(
    String id, PodSandboxConfig config, String runtimeHandler, long createdAt, String bootId) {
  /** Checks that nothing is missing. */
  public PodRecord {
    requireNonNull(id, "id is null");
    requireNonNull(config, "config is null");
    requireNonNull(runtimeHandler, "runtimeHandler is null");
    requireNonNull(bootId, "bootId is null");
  }

  /** The same pod with other resources. */
  PodRecord withConfig(PodSandboxConfig changed) {
    return new PodRecord(id, changed, runtimeHandler, createdAt, bootId);
  }

  /** The name under which a pod exists once: name, namespace, uid and attempt. */
  public static String name(PodSandboxMetadata metadata) {
    return String.join(
        "_",
        metadata.getName(),
        metadata.getNamespace(),
        metadata.getUid(),
        Integer.toUnsignedString(metadata.getAttempt()));
  }

  /** A digest of a configuration, equal for equal configurations. */
  public static String digest(com.google.protobuf.Message config) {
    return Hashing.sha256().hashBytes(config.toByteArray()).toString();
  }

  /** The pod's namespace options. */
  public NamespaceOption namespaces() {
    return config.getLinux().getSecurityContext().getNamespaceOptions();
  }

  /** Whether the pod lives in the host's network. */
  public boolean hostNetwork() {
    return namespaces().getNetwork() == NamespaceMode.NODE;
  }

  /** Whether the pod lives in the host's IPC namespace. */
  public boolean hostIpc() {
    return namespaces().getIpc() == NamespaceMode.NODE;
  }

  /** Whether the pod's containers share one PID namespace of the pod's own. */
  public boolean sharedPid() {
    return namespaces().getPid() == NamespaceMode.POD;
  }

  /** Whether the pod has a user namespace of its own. */
  public boolean ownUser() {
    return namespaces().hasUsernsOptions()
        && namespaces().getUsernsOptions().getMode() == NamespaceMode.POD;
  }
}
