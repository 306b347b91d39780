package dev.carafe.node.host;

/**
 * The runtime that the kubelet had before its endpoint was changed: another's, or Carafe's after a
 * roll-back.
 */
public interface FormerRuntime {
  /**
   * Removes the pods that it still runs: the kubelet has them run by Carafe now, and two copies
   * would want the same ports. The caller's own pod, if it is one of them, is the last: its removal
   * may well end this process. Can be repeated.
   *
   * @param endpoint {@code unix:///PATH} on the host
   * @throws HostException when it refuses; a runtime that does not answer any more has none
   */
  void removePods(String endpoint) throws HostException;
}
