package dev.carafe.node.host;

/** A step on the host that failed; the message says which, on what, and what was said. */
public final class HostException extends Exception {
  private static final long serialVersionUID = 1;

  /** A failure in words. */
  public HostException(String message) {
    super(message);
  }

  /** A failure with its cause. */
  public HostException(String message, Throwable cause) {
    super(message, cause);
  }
}
