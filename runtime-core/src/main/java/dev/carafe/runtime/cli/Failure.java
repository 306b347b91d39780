package dev.carafe.runtime.cli;

/** A command that failed: what is logged, and the exit code. */
final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  private final int code;

  Failure(String message) {
    this(message, 1);
  }

  Failure(String message, int code) {
    super(message);
    this.code = code;
  }

  Failure(String message, Throwable cause) {
    super(message, cause);
    this.code = 1;
  }

  int code() {
    return code;
  }
}
