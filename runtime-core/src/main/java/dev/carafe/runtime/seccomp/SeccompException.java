package dev.carafe.runtime.seccomp;

import java.util.Objects;

/** A profile that can't be compiled. */
public final class SeccompException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Kind kind;

  /** Whose fault it is. */
  public enum Kind {
    /** The profile asks for something that does not exist or is not supported. */
    INVALID,
    /** libseccomp is not installed. */
    UNAVAILABLE
  }

  SeccompException(Kind kind, String message) {
    super(message);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  SeccompException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** Whose fault it is. */
  public Kind kind() {
    return kind;
  }
}
