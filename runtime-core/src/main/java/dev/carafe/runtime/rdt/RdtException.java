package dev.carafe.runtime.rdt;

import java.util.Objects;

/** An RDT request that can't be fulfilled; the message says why and what the kernel said. */
public final class RdtException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Kind kind;

  /** What a caller may want to tell apart. */
  public enum Kind {
    /** There is no resctrl file system. */
    UNAVAILABLE,
    /** The request itself is wrong. */
    INVALID,
    /** The class of service must exist and does not. */
    NO_CLASS,
    /** The class of service exists and says something else than the request. */
    MISMATCH,
    /** A class of service that would be removed is in use. */
    IN_USE,
    /** The hardware has no free class of service or monitoring id. */
    EXHAUSTED,
    /** The kernel refused. */
    KERNEL
  }

  RdtException(Kind kind, String message) {
    super(message);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  RdtException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** What kind of failure this is. */
  public Kind kind() {
    return kind;
  }
}
