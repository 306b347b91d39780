package dev.carafe.runtime.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A system call on a file that failed: which, on what, and why. */
public final class FileCallException extends IOException {
  private static final long serialVersionUID = 1;
  private final Errno error;

  FileCallException(String call, byte[] path, int errno) {
    super(
        "%s %s: %s"
            .formatted(call, new String(path, StandardCharsets.UTF_8), Errno.describe(errno)));
    this.error = Errno.of(errno);
  }

  /** The kernel's reason. */
  public Errno error() {
    return error;
  }
}
