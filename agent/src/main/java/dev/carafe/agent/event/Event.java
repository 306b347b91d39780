package dev.carafe.agent.event;

import static java.util.Objects.requireNonNull;

/**
 * Something happened to a pod or to one of its containers.
 *
 * @param id of the container, or of the pod itself
 * @param podId the pod's id
 * @param createdAt nanoseconds since the epoch
 */
public record Event(Kind kind, String id, String podId, long createdAt) {
  /** Checks the components. */
  public Event {
    requireNonNull(kind, "kind is null");
    requireNonNull(id, "id is null");
    requireNonNull(podId, "podId is null");
  }

  /** What happened. */
  public enum Kind {
    /** It is there, and does not run yet. */
    CREATED,
    /** It runs, or the pod is ready. */
    STARTED,
    /** It ended, or the pod is not ready any more. */
    STOPPED,
    /** It is gone. */
    DELETED
  }
}
