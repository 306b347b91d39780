package dev.carafe.runtime.shim;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * An exec with its stream.
 *
 * @param launch kind EXEC
 * @param timeout after it the process, its session and its descendants are killed; zero is none
 * @param drain how long output is awaited after the process ended by itself
 * @param cap bytes kept of stdout and of stderr, 0 without limit
 */
public record ExecRequest(LaunchRequest launch, Duration timeout, Duration drain, long cap) {
  /** Checks the components. */
  public ExecRequest {
    requireNonNull(launch);
    requireNonNull(timeout);
    requireNonNull(drain);
    if (launch.kind() != ProcessKind.EXEC) {
      throw new IllegalArgumentException("an exec's launch is of kind EXEC, not " + launch.kind());
    }
  }

  WireWriter encode(WireWriter out) {
    return launch
        .encode(out)
        .u32(ShimClient.millis(timeout))
        .u32(ShimClient.millis(drain))
        .u64(cap);
  }
}
