package dev.carafe.agent.check;

import static java.util.Objects.requireNonNull;

/**
 * What one check found.
 *
 * @param name of the check, a few words, stable from version to version
 * @param level how bad it is
 * @param found what is there, with its value
 * @param advice what to do; empty exactly when nothing is to be done
 */
public record Finding(String name, Level level, String found, String advice) {
  /** Checks the components. */
  public Finding {
    requireNonNull(name, "name is null");
    requireNonNull(level, "level is null");
    requireNonNull(found, "found is null");
    requireNonNull(advice, "advice is null");
    if (advice.isEmpty() != (level == Level.OK)) {
      throw new IllegalArgumentException(
          name + ": level " + level + " with the advice \"" + advice + "\"");
    }
  }

  /** From good to bad. */
  public enum Level {
    /** As it should be. */
    OK,
    /** An optional feature is absent; Carafe does without. */
    NOTE,
    /** Carafe runs, and some pods will not, or not as they should. */
    WARN,
    /** Carafe cannot run pods on this host. */
    FAIL
  }

  static Finding ok(String name, String found) {
    return new Finding(name, Level.OK, found, "");
  }

  static Finding note(String name, String found, String advice) {
    return new Finding(name, Level.NOTE, found, advice);
  }

  static Finding warn(String name, String found, String advice) {
    return new Finding(name, Level.WARN, found, advice);
  }

  static Finding fail(String name, String found, String advice) {
    return new Finding(name, Level.FAIL, found, advice);
  }
}
