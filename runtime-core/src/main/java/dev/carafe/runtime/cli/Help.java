package dev.carafe.runtime.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Help texts, made from the tables. */
final class Help {
  private Help() {}

  static String program(String name, List<Command> commands) {
    StringBuilder text = new StringBuilder();
    text.append("NAME:\n   ").append(name).append(" - Open Container Initiative runtime\n\n");
    text.append("USAGE:\n   ").append(name);
    text.append(" [global options] command [command options] [arguments...]\n\nCOMMANDS:\n");
    commands.forEach(
        command -> text.append("   %-10s  %s\n".formatted(command.name(), command.summary())));
    text.append("   help, h     show a list of commands, or help for one command\n");
    text.append("\nGLOBAL OPTIONS:\n");
    Settings.OPTIONS.forEach(option -> option(text, option));
    return text.toString();
  }

  static String command(String name, Command command) {
    StringBuilder text = new StringBuilder();
    String full = name + " " + command.name();
    text.append("NAME:\n   ").append(full).append(" - ").append(command.summary()).append("\n\n");
    text.append("USAGE:\n   ").append(full);
    text.append(command.options().isEmpty() ? "" : " [command options]");
    text.append(' ').append(command.usage()).append('\n');
    if (!command.options().isEmpty()) {
      text.append("\nOPTIONS:\n");
      command.options().forEach(option -> option(text, option));
    }
    return text.toString();
  }

  private static void option(StringBuilder text, Option option) {
    String value = option.kind() == Option.Kind.FLAG ? "" : " value";
    String names = "--" + option.name() + value + alias(option.alias(), value);
    text.append("   %-40s  %s\n".formatted(names, option.help()));
  }

  private static String alias(@Nullable String alias, String value) {
    return alias == null ? "" : ", -" + alias + value;
  }
}
