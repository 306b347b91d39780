package dev.carafe.runtime.cli;

import java.util.List;

/** The runtime's commands for whoever lists them beside commands of its own. Immutable. */
public final class RuntimeCommands {
  /**
   * A command.
   *
   * @param name what is typed
   * @param summary what it does, one line
   */
  public record Row(String name, String summary) {}

  private RuntimeCommands() {}

  /** All but the completion script's, in the order of the help. */
  public static List<Row> rows() {
    return Commands.ALL.stream()
        .filter(command -> !command.name().equals("completion"))
        .map(command -> new Row(command.name(), command.summary()))
        .toList();
  }
}
