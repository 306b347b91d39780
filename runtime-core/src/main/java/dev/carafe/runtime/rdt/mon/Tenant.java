package dev.carafe.runtime.rdt.mon;

import static java.util.Objects.requireNonNull;

/**
 * Whose use is counted.
 *
 * @param containerId unique on this node
 * @param podId of its pod
 * @param namespace the pod's
 * @param pod its name
 * @param container its name in the pod
 */
public record Tenant(
    String containerId, String podId, String namespace, String pod, String container) {
  public Tenant {
    requireNonNull(containerId, "containerId is null");
    requireNonNull(podId, "podId is null");
    requireNonNull(namespace, "namespace is null");
    requireNonNull(pod, "pod is null");
    requireNonNull(container, "container is null");
  }
}
