package dev.carafe.runtime.cli;

import java.util.List;
import java.util.Objects;

/**
 * A row of the table of commands.
 *
 * @param name what is typed
 * @param usage its arguments
 * @param summary one line
 * @param min fewest arguments
 * @param max most arguments
 * @param stops whether options end at the first argument
 * @param options its options
 * @param action what it does
 */
record Command(
    String name,
    String usage,
    String summary,
    int min,
    int max,
    boolean stops,
    List<Option> options,
    Action action) {
  /** As many arguments as one likes. */
  static final int ANY = Integer.MAX_VALUE;

  Command {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(usage, "usage");
    Objects.requireNonNull(summary, "summary");
    options = List.copyOf(options);
    Objects.requireNonNull(action, "action");
  }

  /** What a command does. */
  @FunctionalInterface
  interface Action {
    /** Returns the exit code, 0 to 255. */
    int run(Session session, Arguments arguments) throws Exception;
  }
}
