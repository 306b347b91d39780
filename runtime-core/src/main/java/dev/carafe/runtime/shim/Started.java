package dev.carafe.runtime.shim;

import static java.util.Objects.requireNonNull;

/**
 * The outcome of a start.
 *
 * @param pid host pid of the program
 * @param startedAt ns since the epoch, 0 while parked
 * @param state PARKED, RUNNING, or EXITED (a preparation, or a re-sent start of what has ended)
 */
public record Started(int pid, long startedAt, ProcessState state) {
  /** Checks the components. */
  public Started {
    requireNonNull(state);
  }

  static Started decode(WireReader in) {
    return new Started(in.i32(), in.i64(), ProcessState.of(in.u8()));
  }
}
