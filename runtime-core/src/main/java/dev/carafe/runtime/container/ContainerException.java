package dev.carafe.runtime.container;

/** A container that is not there, or not in the state that an operation needs. */
public final class ContainerException extends Exception {
  private static final long serialVersionUID = 1;

  /** What callers grep for when there is no such container. */
  public static final String ABSENT = "container does not exist";

  /** What callers grep for when a container's init has ended. */
  public static final String NOT_RUNNING = "container not running";

  public ContainerException(String message) {
    super(message);
  }
}
