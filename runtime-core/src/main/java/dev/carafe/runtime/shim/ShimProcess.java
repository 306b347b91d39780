package dev.carafe.runtime.shim;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A process as its shim knows it.
 *
 * @param id of the container, exec or preparation
 * @param kind what it is
 * @param state where it stands
 * @param pid host pid
 * @param startedAt ns since the epoch, 0 before the program ran
 * @param finishedAt ns since the epoch, 0 while it runs
 * @param exitCode 128 + n when signal n ended it
 * @param signal the signal that ended it, 0 if none
 * @param oomKills OOM kills that the kernel counted while it ran
 * @param failure why the start failed, or null
 */
public record ShimProcess(
    String id,
    ProcessKind kind,
    ProcessState state,
    int pid,
    long startedAt,
    long finishedAt,
    int exitCode,
    int signal,
    long oomKills,
    @Nullable ShimException failure) {
  /** Checks the components. */
  public ShimProcess {
    requireNonNull(id);
    requireNonNull(kind);
    requireNonNull(state);
  }

  static ShimProcess decode(WireReader in) {
    String id = in.str();
    ProcessKind kind = ProcessKind.of(in.u8());
    ProcessState state = ProcessState.of(in.u8());
    int pid = in.i32();
    long startedAt = in.i64();
    long finishedAt = in.i64();
    int exitCode = in.i32();
    int signal = in.i32();
    long oomKills = in.u32();
    ShimException failure = ShimException.decode(in);
    return new ShimProcess(
        id,
        kind,
        state,
        pid,
        startedAt,
        finishedAt,
        exitCode,
        signal,
        oomKills,
        state == ProcessState.FAILED ? failure : null);
  }
}
