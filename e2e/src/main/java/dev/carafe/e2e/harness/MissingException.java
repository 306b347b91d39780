package dev.carafe.e2e.harness;

/** What this machine lacks for a test; the message begins with SKIP and names it. */
public final class MissingException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Something that is missing. */
  public MissingException(String what, String reason) {
    super("SKIP " + what + ": " + reason);
  }
}
