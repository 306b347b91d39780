package dev.carafe.runtime.shim;

/** What a launch makes. */
public enum ProcessKind {
  /** A container's first process. */
  CONTAINER(1),
  /** A process in a running container. */
  EXEC(2),
  /** A plan that only prepares and ends in EXIT. */
  PREPARE(3),
  /** The init of a pod-wide pid namespace. */
  POD_INIT(4);

  private final int code;

  ProcessKind(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static ProcessKind of(int code) {
    return switch (code) {
      case 1 -> CONTAINER;
      case 2 -> EXEC;
      case 3 -> PREPARE;
      case 4 -> POD_INIT;
      default -> throw new IllegalArgumentException("process kind " + code);
    };
  }
}
