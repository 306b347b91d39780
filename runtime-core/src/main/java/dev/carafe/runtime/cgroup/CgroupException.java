package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.linux.Errno;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** A cgroup operation that failed; the message names the file, the value and the kernel's error. */
public final class CgroupException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Kind kind;

  /** What a caller may want to tell apart. */
  public enum Kind {
    /** The request asks for something that no kernel would do, or that this layout can't do. */
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

  private CgroupException(String message, IOException cause) {
    super(message, cause);
    this.kind = Kind.KERNEL;
  }

  static CgroupException invalid(String message) {
    return new CgroupException(Kind.INVALID, message);
  }

  static CgroupException failed(String what, Path file, IOException cause) {
    return new CgroupException("cannot " + what + " " + file + ": " + reason(cause), cause);
  }

  static CgroupException refused(Path file, String value, IOException cause) {
    return new CgroupException(
        "cannot write '" + value + "' to " + file + ": " + reason(cause), cause);
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
