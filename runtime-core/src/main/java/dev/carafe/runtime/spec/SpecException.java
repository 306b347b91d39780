package dev.carafe.runtime.spec;

/**
 * A configuration that can't be read or is not valid. The message says which field, its value and
 * what was expected.
 */
public final class SpecException extends Exception {
  private static final long serialVersionUID = 1;

  /** Field of the configuration, as linux.namespaces[2].path; empty for the whole. */
  private final String field;

  public SpecException(String field, String message) {
    super(field.isEmpty() ? message : field + ": " + message);
    this.field = field;
  }

  public SpecException(String field, String message, Throwable cause) {
    super(field.isEmpty() ? message : field + ": " + message, cause);
    this.field = field;
  }

  /** Field of the configuration, as linux.namespaces[2].path; empty for the whole. */
  public String field() {
    return field;
  }
}
