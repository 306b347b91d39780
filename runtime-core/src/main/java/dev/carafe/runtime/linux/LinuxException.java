package dev.carafe.runtime.linux;

/** A system call that failed: what was tried, and the error number. */
public final class LinuxException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int errno;

  /**
   * @param what the call and its object, such as {@code kill 17 with signal 9}
   * @param errno the error number, positive
   */
  public LinuxException(String what, int errno) {
    super("cannot " + what + ": " + Errno.describe(errno));
    this.errno = errno;
  }

  /** The error; {@link Errno#UNKNOWN} for a number that Linux does not define. */
  public Errno error() {
    return Errno.of(errno);
  }
}
