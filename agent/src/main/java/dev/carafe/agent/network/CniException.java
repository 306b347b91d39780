package dev.carafe.agent.network;

/**
 * A pod could not be attached, checked or detached. The message names the plugin, the network and
 * what the plugin said.
 */
public final class CniException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With no cause of its own. */
  public CniException(String message) {
    super(message);
  }

  /** With a cause. */
  public CniException(String message, Throwable cause) {
    super(message, cause);
  }
}
