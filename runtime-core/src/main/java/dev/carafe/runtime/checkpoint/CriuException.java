package dev.carafe.runtime.checkpoint;

/** CRIU did not do what it was asked for. The message is for a person, and names its log. */
public final class CriuException extends Exception {
  private static final long serialVersionUID = 1;

  /** With this sentence. */
  public CriuException(String message) {
    super(message);
  }

  /** With this sentence, because of that. */
  public CriuException(String message, Throwable cause) {
    super(message, cause);
  }
}
