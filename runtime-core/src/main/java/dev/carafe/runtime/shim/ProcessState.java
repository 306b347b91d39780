package dev.carafe.runtime.shim;

/** Where a process of a shim stands. */
public enum ProcessState {
  STARTING,
  /** Waits for go. */
  PARKED,
  RUNNING,
  EXITED,
  /** Its start failed; {@link ShimProcess#failure()} says why. */
  FAILED;

  static ProcessState of(int code) {
    ProcessState[] all = values();
    if (code >= all.length) {
      throw new IllegalArgumentException("process state " + code);
    }
    return all[code];
  }
}
