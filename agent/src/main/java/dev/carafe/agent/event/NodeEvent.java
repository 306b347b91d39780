package dev.carafe.agent.event;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * Something that a person who looks after the node or a pod should hear of, in the shape of a
 * Kubernetes Event.
 *
 * @param sequence counts from 1 for each run of the agent
 * @param time nanoseconds since the epoch
 * @param reason one word for programs, as {@code RdtClassRefused}
 * @param message a sentence for people
 * @param pod whom it is about, null for the node
 */
public record NodeEvent(
    long sequence, long time, Level level, String reason, String message, @Nullable PodName pod) {
  /** Checks the components. */
  public NodeEvent {
    requireNonNull(level, "level is null");
    requireNonNull(reason, "reason is null");
    requireNonNull(message, "message is null");
  }

  /** How much it matters: the type of a Kubernetes Event. */
  public enum Level {
    /** All is as it should be. */
    NORMAL,
    /** Somebody may want to do something. */
    WARNING
  }

  /**
   * A pod as Kubernetes knows it.
   *
   * @param container one of its containers, "" for the pod itself
   */
  public record PodName(String namespace, String name, String uid, String container) {
    /** Checks the components. */
    public PodName {
      requireNonNull(namespace, "namespace is null");
      requireNonNull(name, "name is null");
      requireNonNull(uid, "uid is null");
      requireNonNull(container, "container is null");
    }
  }
}
