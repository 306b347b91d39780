package dev.carafe.runtime.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An option of a command. Written {@code -name}, {@code --name}, or with its alias; a value follows
 * after {@code =} or as the next argument, and is never split at commas.
 *
 * @param name without dashes
 * @param alias one letter, or null
 * @param kind what it takes
 * @param help one line
 */
record Option(String name, @Nullable String alias, Kind kind, String help) {
  /** What follows an option. */
  enum Kind {
    /** Nothing, or {@code =true} or {@code =false}. */
    FLAG,
    /** One value; the last one counts. */
    VALUE,
    /** One value each time; all count, in order. */
    LIST
  }

  Option {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(help, "help");
  }

  static Option flag(String name, String help) {
    return new Option(name, null, Kind.FLAG, help);
  }

  static Option flag(String name, String alias, String help) {
    return new Option(name, alias, Kind.FLAG, help);
  }

  static Option value(String name, String help) {
    return new Option(name, null, Kind.VALUE, help);
  }

  static Option value(String name, String alias, String help) {
    return new Option(name, alias, Kind.VALUE, help);
  }

  static Option list(String name, @Nullable String alias, String help) {
    return new Option(name, alias, Kind.LIST, help);
  }

  boolean is(String given) {
    return given.equals(name) || given.equals(alias);
  }
}
