package dev.carafe.agent.config;

import java.util.List;

/**
 * The configuration can't be used. The message has one line for each problem, with its file, key
 * and what was expected.
 */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  /** One problem. */
  public ConfigException(String problem) {
    super(problem);
  }

  /** Every problem that was found, so that an operator mends a file in one go. */
  public ConfigException(List<String> problems) {
    super(String.join("\n", problems));
  }
}
