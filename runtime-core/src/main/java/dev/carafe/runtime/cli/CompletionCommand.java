package dev.carafe.runtime.cli;

import java.util.List;
import java.util.stream.Collectors;

/** {@code completion}: a script for bash, made from the tables. */
final class CompletionCommand {
  private CompletionCommand() {}

  static int run(Session session, Arguments arguments) throws Failure {
    String shell = arguments.positional().getFirst();
    if (!shell.equals("bash")) {
      throw new Failure("completion " + shell + ": expected bash");
    }
    session.out().print(bash(session.program(), Commands.ALL));
    return 0;
  }

  static String bash(String program, List<Command> commands) {
    String function = "_" + program.replaceAll("[^A-Za-z0-9]", "_");
    StringBuilder text = new StringBuilder();
    text.append("# ").append(program).append(" completion for bash\n");
    text.append(function).append("() {\n");
    text.append("  local word=${COMP_WORDS[COMP_CWORD]} command= i\n");
    text.append("  for ((i = 1; i < COMP_CWORD; i++)); do\n");
    text.append("    case ${COMP_WORDS[i]} in\n");
    for (Command command : commands) {
      text.append("      ").append(command.name());
      text.append(") command=").append(command.name()).append(" ;;\n");
    }
    text.append("    esac\n  done\n  local words\n  case $command in\n");
    for (Command command : commands) {
      text.append("    ").append(command.name()).append(") words='");
      text.append(options(command.options())).append("' ;;\n");
    }
    String names = commands.stream().map(Command::name).collect(Collectors.joining(" "));
    text.append("    *) words='").append(names).append(" help ");
    text.append(options(Settings.OPTIONS)).append("' ;;\n  esac\n");
    text.append("  if [[ $command && $command != spec && $word != -* ]]; then\n");
    text.append("    words=$(\"${COMP_WORDS[0]}\" list -q 2>/dev/null)\n  fi\n");
    text.append("  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n");
    return text.append("complete -F ")
        .append(function)
        .append(' ')
        .append(program)
        .append('\n')
        .toString();
  }

  private static String options(List<Option> options) {
    return options.stream().map(option -> "--" + option.name()).collect(Collectors.joining(" "));
  }
}
