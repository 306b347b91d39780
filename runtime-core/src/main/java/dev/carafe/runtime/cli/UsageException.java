package dev.carafe.runtime.cli;

/** A command line that can't be understood. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1;

  UsageException(String message) {
    super(message);
  }
}
