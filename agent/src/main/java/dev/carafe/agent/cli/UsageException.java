package dev.carafe.agent.cli;

/** A command line that is not understood; the message says what was expected. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1;

  UsageException(String message) {
    super(message);
  }
}
