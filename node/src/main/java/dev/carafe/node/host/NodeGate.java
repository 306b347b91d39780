package dev.carafe.node.host;

import java.time.Duration;

/** What the cluster does around an installation. Each can be repeated. */
public interface NodeGate {
  /** No new pods come to the node, and its label says that it is being changed. */
  void close(String build) throws HostException, InterruptedException;

  /**
   * Moves the node's pods elsewhere, as far as their disruption budgets allow.
   *
   * @throws HostException when some are left after {@code patience}
   */
  void drain(Duration patience) throws HostException, InterruptedException;

  /**
   * Waits until the kubelet says that it is ready, and with Carafe.
   *
   * @throws HostException when it does not within {@code patience}
   */
  void awaitReady(Duration patience) throws HostException, InterruptedException;

  /** Pods may come; the label says that {@code build} is in use. */
  void open(String build) throws HostException, InterruptedException;

  /** Pods may come; the label says that the installation failed, and an event why. */
  void failed(String build, String message) throws HostException, InterruptedException;

  /** Nothing of Carafe is left on the node object. */
  void gone() throws HostException, InterruptedException;
}
