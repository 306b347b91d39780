package dev.carafe.runtime.lsm;

import org.jspecify.annotations.Nullable;

/** A security module that can't be asked or told. */
public final class LsmException extends RuntimeException {
  private static final long serialVersionUID = 1;

  LsmException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
