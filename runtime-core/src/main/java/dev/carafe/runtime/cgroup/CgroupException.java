package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** A cgroup operation that failed; the message names the file, the value and the kernel's error. */
public final class CgroupException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Kind kind;

  /** What a caller may want to tell apart. */
  public enum Kind {
    /**
     * The request asks for something that no kernel would do, that this layout can't do, or for a
     * value that the kernel calls wrong (EINVAL, ERANGE).
     */
    INVALID,
    /** The cgroup still has processes. */
    BUSY,
    /** The kernel refused. */
    KERNEL
  }

  CgroupException(Kind kind, String message) {
    super(message);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  CgroupException(Kind kind, String message, Exception cause) {
    super(message, cause);
    this.kind = kind;
  }

  static CgroupException invalid(String message) {
    return new CgroupException(Kind.INVALID, message);
  }

  static CgroupException failed(String what, Path file, IOException cause) {
    return new CgroupException(
        Kind.KERNEL, "cannot " + what + " " + file + ": " + reason(cause), cause);
  }

  static CgroupException refused(Path file, String value, IOException cause) {
    Errno error = Errno.of(cause);
    boolean wrongValue = error == Errno.EINVAL || error == Errno.ERANGE;
    return new CgroupException(
        wrongValue ? Kind.INVALID : Kind.KERNEL,
        "cannot write '" + value + "' to " + file + ": " + reason(cause),
        cause);
  }

  static CgroupException device(Path dir, LinuxException cause) {
    return new CgroupException(
        Kind.KERNEL,
        "cannot enforce the device rules of " + dir + ": " + cause.getMessage(),
        cause);
  }

  private static String reason(IOException cause) {
    Errno error = Errno.of(cause);
    return error == Errno.UNKNOWN ? String.valueOf(cause.getMessage()) : error.describe();
  }

  /** What kind of failure this is. */
  public Kind kind() {
    return kind;
  }
}
