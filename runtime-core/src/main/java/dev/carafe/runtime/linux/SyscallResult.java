package dev.carafe.runtime.linux;

/**
 * What one system call gave: its value, and errno as it was at that instant.
 *
 * @param value the return value; negative for a failure
 * @param errno the error number of a failure, 0 for a success
 */
public record SyscallResult(long value, int errno) {

  /** Whether the call failed. */
  public boolean failed() {
    return value < 0;
  }

  /** The error of a failed call. */
  public Errno error() {
    return Errno.of(errno);
  }

  /**
   * The value of a successful call.
   *
   * @param what the call and its object, such as {@code kill 17 with signal 9}
   * @throws LinuxException when the call failed
   */
  public long orThrow(String what) {
    if (failed()) {
      throw new LinuxException(what, errno);
    }
    return value;
  }
}
