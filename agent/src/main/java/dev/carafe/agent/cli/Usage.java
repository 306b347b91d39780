package dev.carafe.agent.cli;

import dev.carafe.runtime.cli.RuntimeCommands;
import java.util.ArrayList;
import java.util.List;

/** The text of {@code carafe help}. */
final class Usage {
  private static final int COLUMN = 34;
  private static final String END =
      """

      Exit codes: 0 done, 1 carafed refused or does not answer, or a check failed, 2 wrong command line.
      """;

  private Usage() {}

  static String text() {
    StringBuilder text =
        new StringBuilder("Usage: carafe [--address unix:///PATH] COMMAND [OPTION]...\n\n");
    for (Command command : Command.values()) {
      line(text, (command.text() + " " + command.operand()).strip(), command.meaning());
      if (!command.options().isEmpty()) {
        List<String> options = new ArrayList<>();
        command.options().forEach(option -> options.add(option.synopsis()));
        line(text, "", "[" + String.join("] [", options) + "]");
      }
    }
    line(text, "rdt check|plan FILE", "what an RDT configuration is worth; see carafe rdt --help");
    text.append(
        "\nThe OCI runtime, with runc's options (carafe COMMAND --help), needs no carafed:\n");
    RuntimeCommands.rows().forEach(row -> line(text, row.name(), row.summary()));
    text.append('\n');
    for (Option option : Option.values()) {
      line(text, option.synopsis(), option.meaning());
    }
    return text.append(END).toString();
  }

  private static void line(StringBuilder text, String left, String right) {
    text.append("  ").append(left).append(" ".repeat(Math.max(1, COLUMN - left.length())));
    text.append(right).append('\n');
  }
}
