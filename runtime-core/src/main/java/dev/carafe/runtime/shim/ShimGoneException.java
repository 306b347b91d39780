package dev.carafe.runtime.shim;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The connection to a shim is lost or could not be made: nothing is known about what was asked. */
public final class ShimGoneException extends IOException {
  private static final long serialVersionUID = 1L;

  ShimGoneException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
