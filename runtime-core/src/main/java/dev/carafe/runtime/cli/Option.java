package dev.carafe.runtime.cli;

import java.util.Objects;
import java.util.regex.Pattern;
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
    FLAG(".*"),
    /** One value; the last one counts. */
    VALUE(".*"),
    /** One value each time; all count, in order. */
    LIST(".*"),
    /** A whole number; the last one counts. */
    INTEGER("[-+]?[0-9]{1,18}"),
    /** A whole number each time; all count. */
    INTEGERS("[-+]?[0-9]{1,18}"),
    /** A duration in Go's form, as 5s or 1m30s; the last one counts. */
    DURATION("[-+]?(0|([0-9]{1,9}(\\.[0-9]{0,9})?(ns|us|µs|ms|s|m|h))+)");

    private final Pattern form;

    Kind(String form) {
      this.form = Pattern.compile(form, Pattern.DOTALL);
    }

    boolean accepts(String value) {
      return form.matcher(value).matches();
    }
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

  static Option integer(String name, String help) {
    return new Option(name, null, Kind.INTEGER, help);
  }

  static Option list(String name, @Nullable String alias, String help) {
    return new Option(name, alias, Kind.LIST, help);
  }

  boolean is(String given) {
    return given.equals(name) || given.equals(alias);
  }
}
