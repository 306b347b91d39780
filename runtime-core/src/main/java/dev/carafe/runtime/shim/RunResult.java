package dev.carafe.runtime.shim;

import static java.util.Objects.requireNonNull;

/**
 * How a host program ended.
 *
 * @param exitCode 128 + n for signal n; 127 when it could not be executed (stderr says why)
 * @param timedOut it was killed at its time-out
 * @param stdout what it wrote, cut at the limit
 * @param stderr what it wrote, cut at the limit
 */
@SuppressWarnings("ArrayRecordComponent")
public record RunResult(int exitCode, boolean timedOut, byte[] stdout, byte[] stderr) {
  /** Checks the components. */
  public RunResult {
    requireNonNull(stdout);
    requireNonNull(stderr);
  }

  static RunResult decode(WireReader in) {
    return new RunResult(in.i32(), in.u8() != 0, in.blob(), in.blob());
  }
}
