package dev.carafe.agent.cli;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a command line asks for. Options may stand anywhere; the last of a repeated one counts.
 *
 * @param operands as many as the command takes
 * @param options with their values; the value of an option that takes none is empty
 */
record Invocation(Command command, List<String> operands, Map<Option, String> options) {
  Invocation {
    operands = List.copyOf(operands);
    options = Map.copyOf(options);
  }

  /** Whether the option was given. */
  boolean has(Option option) {
    return options.containsKey(option);
  }

  /** The option's value, or null. */
  @Nullable String value(Option option) {
    return options.get(option);
  }

  /**
   * The option's value as a number.
   *
   * @throws UsageException when it is none between {@code least} and {@code most}
   */
  int number(Option option, int least, int most, int byDefault) throws UsageException {
    String text = options.get(option);
    if (text == null) {
      return byDefault;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException notANumber) {
      // Told below, as a number out of range is.
    }
    throw new UsageException(
        "%s %s: expected a number from %d to %d".formatted(option.word(), text, least, most));
  }

  /** The only operand of a command that takes one. */
  String operand() {
    return operands.getFirst();
  }

  /**
   * Reads a command line.
   *
   * @throws UsageException names the word that is not understood
   */
  static Invocation parse(List<String> arguments) throws UsageException {
    List<String> words = new ArrayList<>();
    Map<Option, String> options = new EnumMap<>(Option.class);
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.equals("--help") || argument.equals("-h")) {
        return new Invocation(Command.HELP, List.of(), Map.of());
      }
      if (argument.equals("--version")) {
        return new Invocation(Command.VERSION, List.of(), Map.of());
      }
      if (!argument.startsWith("-")) {
        words.add(argument);
        continue;
      }
      int equals = argument.indexOf('=');
      String word = equals < 0 ? argument : argument.substring(0, equals);
      Option option = Option.of(word);
      if (option == null) {
        throw new UsageException("unknown option " + word + "; carafe --help lists them");
      }
      boolean separate = option.takesValue() && equals < 0;
      if (separate && i + 1 == arguments.size()) {
        throw new UsageException(word + ": expected a value after it");
      }
      if (!option.takesValue() && equals >= 0) {
        throw new UsageException(argument + ": " + word + " takes no value");
      }
      String value = equals < 0 ? "" : argument.substring(equals + 1);
      options.put(option, separate ? arguments.get(++i) : value);
    }
    return of(command(words), words, options);
  }

  private static Invocation of(Command command, List<String> words, Map<Option, String> options)
      throws UsageException {
    List<String> operands = words.subList(command.words().size(), words.size());
    if (operands.size() != command.operands()) {
      throw new UsageException(
          command.operands() == 0
              ? "carafe %s: expected nothing more, got %s".formatted(command.text(), operands)
              : "carafe %s: expected one %s, got %s"
                  .formatted(command.text(), command.operand(), operands));
    }
    for (Option option : options.keySet()) {
      if (!command.takes(option)) {
        throw new UsageException(
            option.word() + " does not belong to carafe " + command.text() + "; see carafe --help");
      }
    }
    return new Invocation(command, operands, options);
  }

  private static Command command(List<String> words) throws UsageException {
    for (Command command : Command.values()) {
      int length = command.words().size();
      if (words.size() >= length && words.subList(0, length).equals(command.words())) {
        return command;
      }
    }
    throw new UsageException(
        words.isEmpty()
            ? "no command; carafe --help lists them"
            : "unknown command \"" + String.join(" ", words) + "\"; carafe --help lists them");
  }
}
