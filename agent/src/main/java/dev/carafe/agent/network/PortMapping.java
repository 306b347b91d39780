package dev.carafe.agent.network;

import static java.util.Objects.requireNonNull;

/**
 * A port of the pod that the host answers on.
 *
 * @param containerPort 1 to 65535
 * @param hostPort 0 to 65535; 0 is no mapping and is passed over
 * @param hostIp the host's address to answer on; empty for all
 */
public record PortMapping(Protocol protocol, int containerPort, int hostPort, String hostIp) {
  public PortMapping {
    requireNonNull(protocol, "protocol");
    requireNonNull(hostIp, "hostIp");
    if (hostPort < 0 || hostPort > 65535) {
      throw new IllegalArgumentException("host port " + hostPort + ": expected 0 to 65535");
    }
    if (containerPort < 1 || containerPort > 65535) {
      throw new IllegalArgumentException(
          "container port " + containerPort + ": expected 1 to 65535");
    }
  }

  /** What CRI can ask for. */
  public enum Protocol {
    TCP,
    UDP,
    SCTP
  }
}
