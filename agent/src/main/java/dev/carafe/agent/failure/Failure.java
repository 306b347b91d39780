package dev.carafe.agent.failure;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A request that cannot be carried out, in words for the person who asked.
 *
 * <p>The message names the thing, its value and what was expected. The kind decides the gRPC code,
 * in one place (package {@code cri}).
 */
public final class Failure extends RuntimeException {
  /** What sort of failure it is, in the terms of a caller. */
  public enum Kind {
    /** The id is unknown. */
    NOT_FOUND,
    /** The request itself is wrong and will be wrong again. */
    INVALID,
    /** The thing is not in a state that allows this. */
    WRONG_STATE,
    /** The name is taken by something else. */
    EXISTS,
    /** A part of the node that this needs does not answer now; a retry may work. */
    UNAVAILABLE,
    /** Time ran out. */
    DEADLINE,
    /** Something countable ran out: CLOSIDs, disk, bytes in flight. */
    EXHAUSTED,
    /** Carafe does not do this. */
    UNIMPLEMENTED,
    /** Anything else. */
    INTERNAL
  }

  private final Kind kind;

  private Failure(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = requireNonNull(kind, "kind is null");
  }

  /** The kind of failure. */
  public Kind kind() {
    return kind;
  }

  /** No pod, container or image has this id. */
  public static Failure notFound(String message) {
    return new Failure(Kind.NOT_FOUND, message, null);
  }

  /** The request is malformed. */
  public static Failure invalid(String message) {
    return new Failure(Kind.INVALID, message, null);
  }

  /** The request is malformed, and {@code cause} knows the details. */
  public static Failure invalid(String message, Throwable cause) {
    return new Failure(Kind.INVALID, message, cause);
  }

  /** The thing is in another state than the request needs. */
  public static Failure wrongState(String message) {
    return new Failure(Kind.WRONG_STATE, message, null);
  }

  /** The name is taken. */
  public static Failure exists(String message) {
    return new Failure(Kind.EXISTS, message, null);
  }

  /** A part that this needs does not answer. */
  public static Failure unavailable(String message, @Nullable Throwable cause) {
    return new Failure(Kind.UNAVAILABLE, message, cause);
  }

  /** Time ran out. */
  public static Failure deadline(String message) {
    return new Failure(Kind.DEADLINE, message, null);
  }

  /** A countable resource ran out. */
  public static Failure exhausted(String message, @Nullable Throwable cause) {
    return new Failure(Kind.EXHAUSTED, message, cause);
  }

  /** Carafe does not do this. */
  public static Failure unimplemented(String message) {
    return new Failure(Kind.UNIMPLEMENTED, message, null);
  }

  /** Anything else that went wrong. */
  public static Failure internal(String message, @Nullable Throwable cause) {
    return new Failure(Kind.INTERNAL, message, cause);
  }
}
