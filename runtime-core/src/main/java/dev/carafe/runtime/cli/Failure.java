package dev.carafe.runtime.cli;

/** A command that failed: what is logged, and the exit code. */
final class Failure extends Exception {
  private static final long serialVersionUID = 1;
  private static final int INIT_FAILED = 255;

  private final int code;
  private final boolean ofInit;

  Failure(String message) {
    this(message, 1);
  }

  Failure(String message, int code) {
    this(message, code, false);
  }

  private Failure(String message, int code, boolean ofInit) {
    super(message);
    this.code = code;
    this.ofInit = ofInit;
  }

  /** What the container's init would say and do itself, had it the means: no words of ours. */
  static Failure ofInit(String message) {
    return new Failure(message, INIT_FAILED, true);
  }

  Failure(String message, Throwable cause) {
    super(message, cause);
    this.code = 1;
    this.ofInit = false;
  }

  boolean ofInit() {
    return ofInit;
  }

  int code() {
    return code;
  }
}
