package dev.carafe.node.host;

/** What Carafe is to the node. */
public enum Mode {
  /** The kubelet's runtime: its endpoint is changed, the former runtime's pods are moved. */
  REPLACE,
  /**
   * A second runtime on its own socket: a unit that the host's systemd forgets at the next boot, so
   * that removing the DaemonSet leaves nothing that starts by itself.
   */
  BESIDE
}
