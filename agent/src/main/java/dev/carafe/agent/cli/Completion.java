package dev.carafe.agent.cli;

import dev.carafe.runtime.cli.RuntimeCommands;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** {@code carafe completion}: scripts for shells, from the table of commands. */
final class Completion {
  private static final String BASH_BEGIN =
      """
      # Made by: carafe completion bash
      _carafe() {
        local word=${COMP_WORDS[COMP_CWORD]} before="" i
        for ((i = 1; i < COMP_CWORD; i++)); do before+="${COMP_WORDS[i]} "; done
        COMPREPLY=()
        case "$before" in
      """;

  private Completion() {}

  /**
   * The script for a shell.
   *
   * @throws UsageException for a shell that is not known
   */
  static String script(String shell) throws UsageException {
    return switch (shell) {
      case "bash" -> bash();
      case "zsh" -> "#compdef carafe\nautoload -U +X bashcompinit && bashcompinit\n" + bash();
      case "fish" -> fish();
      default ->
          throw new UsageException("carafe completion " + shell + ": expected bash, zsh or fish");
    };
  }

  /** The words before the one under the cursor decide, in the order of most words first. */
  private static String bash() {
    StringBuilder text = new StringBuilder(BASH_BEGIN);
    for (int length = 2; length > 0; length--) {
      for (Command command : Command.values()) {
        if (command.words().size() == length) {
          arm(text, "\"" + command.text() + " \"*", offered(command), takesFile(command));
        }
      }
    }
    for (String group : groups()) {
      arm(text, "\"" + group + " \"", seconds(group), false);
    }
    arm(text, "\"\"", firsts(), false);
    return text.append("  esac\n}\ncomplete -F _carafe carafe\n").toString();
  }

  private static void arm(StringBuilder text, String pattern, List<String> offered, boolean files) {
    text.append(
        "    %s) COMPREPLY=($(compgen -W '%s' -- \"$word\")%s) ;;\n"
            .formatted(
                pattern, String.join(" ", offered), files ? " $(compgen -f -- \"$word\")" : ""));
  }

  private static List<String> offered(Command command) {
    List<String> offered = new ArrayList<>();
    command.options().forEach(option -> offered.add(option.word()));
    offered.add(Option.ADDRESS.word());
    if (command == Command.COMPLETION) {
      offered.addAll(List.of("bash", "zsh", "fish"));
    }
    return offered;
  }

  private static boolean takesFile(Command command) {
    return command.operand().equals("FILE") || command.takes(Option.CONFIG);
  }

  private static String fish() {
    StringBuilder text = new StringBuilder("# Made by: carafe completion fish\n");
    text.append("complete -c carafe -f\n");
    for (Command command : Command.values()) {
      List<String> words = command.words();
      String first = words.getFirst();
      if (words.size() == 1) {
        text.append(
            "complete -c carafe -n __fish_use_subcommand -a %s -d '%s'\n"
                .formatted(first, command.meaning()));
      } else {
        text.append(
            "complete -c carafe -n '__fish_seen_subcommand_from %s' -a %s -d '%s'\n"
                .formatted(first, words.get(1), command.meaning()));
      }
      for (Option option : command.options()) {
        text.append(
            "complete -c carafe -n '__fish_seen_subcommand_from %s' -l %s -d '%s'\n"
                .formatted(words.getLast(), option.word().substring(2), option.meaning()));
      }
    }
    for (RuntimeCommands.Row row : RuntimeCommands.rows()) {
      text.append(
          "complete -c carafe -n __fish_use_subcommand -a %s -d '%s'\n"
              .formatted(row.name(), row.summary().replace("'", "\\'")));
    }
    for (String group : groups()) {
      text.append("complete -c carafe -n __fish_use_subcommand -a ").append(group).append('\n');
    }
    return text.toString();
  }

  /** First words of commands of two. */
  private static Set<String> groups() {
    Set<String> groups = new LinkedHashSet<>();
    for (Command command : Command.values()) {
      if (command.words().size() == 2) {
        groups.add(command.words().getFirst());
      }
    }
    return groups;
  }

  private static List<String> seconds(String group) {
    List<String> words = new ArrayList<>();
    for (Command command : Command.values()) {
      if (command.words().size() == 2 && command.words().getFirst().equals(group)) {
        words.add(command.words().get(1));
      }
    }
    return words;
  }

  private static List<String> firsts() {
    Set<String> words = new LinkedHashSet<>();
    for (Command command : Command.values()) {
      words.add(command.words().getFirst());
    }
    words.add("rdt");
    RuntimeCommands.rows().forEach(row -> words.add(row.name()));
    return List.copyOf(words);
  }
}
