package dev.carafe.agent.event;

/** Where pods and containers tell what happens to them. */
@FunctionalInterface
public interface Events {
  /** Tells nobody. */
  Events NONE = (kind, id, podId) -> {};

  /**
   * Something has just happened; does not wait. What happens to one thing is published in its
   * order, after its snapshot shows it.
   *
   * @param id of the container, or of the pod itself
   */
  void publish(Event.Kind kind, String id, String podId);
}
