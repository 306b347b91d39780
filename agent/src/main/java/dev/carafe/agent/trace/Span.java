package dev.carafe.agent.trace;

import static java.util.Objects.requireNonNull;

/**
 * A piece of work that is over.
 *
 * @param place its own
 * @param parentId the span that it is part of
 * @param server whether it is a call as its server sees it, else a step of one
 * @param begun nanoseconds since the epoch
 * @param ended nanoseconds since the epoch
 * @param error what went wrong; empty when nothing did
 */
public record Span(
    TraceContext place,
    String parentId,
    String name,
    boolean server,
    long begun,
    long ended,
    String error) {
  /** Checks that nothing is missing. */
  public Span {
    requireNonNull(place, "place is null");
    requireNonNull(parentId, "parentId is null");
    requireNonNull(name, "name is null");
    requireNonNull(error, "error is null");
  }
}
