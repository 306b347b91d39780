package dev.carafe.runtime.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Options and arguments as they were given. Immutable. */
final class Arguments {
  private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");
  private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");

  /** No option: a signal's number, if there were such ones. */
  private static final Pattern NEGATIVE = Pattern.compile("-[0-9]+");

  private final Map<String, List<String>> given;
  private final List<String> positional;

  private Arguments(Map<String, List<String>> given, List<String> positional) {
    this.given = Map.copyOf(given);
    this.positional = List.copyOf(positional);
  }

  /**
   * Reads a command line.
   *
   * @param options those that are known
   * @param line what was typed
   * @param stop whether reading options ends at the first argument that is none; otherwise options
   *     may stand anywhere before {@code --}
   * @throws UsageException naming the option, in Go's words, which callers match
   */
  static Arguments parse(List<Option> options, List<String> line, boolean stop)
      throws UsageException {
    Map<String, List<String>> given = new HashMap<>();
    List<String> positional = new ArrayList<>();
    for (int i = 0; i < line.size(); i++) {
      String word = line.get(i);
      if (word.equals("--")) {
        positional.addAll(line.subList(i + 1, line.size()));
        break;
      }
      if (!word.startsWith("-") || word.equals("-") || NEGATIVE.matcher(word).matches()) {
        if (stop) {
          positional.addAll(line.subList(i, line.size()));
          break;
        }
        positional.add(word);
        continue;
      }
      String body = word.substring(word.startsWith("--") ? 2 : 1);
      int equals = body.indexOf('=');
      String name = equals < 0 ? body : body.substring(0, equals);
      Option option = find(options, name);
      String value = equals < 0 ? null : body.substring(equals + 1);
      if (option.kind() == Option.Kind.FLAG) {
        value = flagged(value == null ? "true" : value, name);
      } else if (value == null) {
        if (i + 1 == line.size()) {
          throw new UsageException("flag needs an argument: -" + name);
        }
        value = line.get(++i);
      }
      if (!option.kind().accepts(value)) {
        throw invalid(value, name);
      }
      given.computeIfAbsent(option.name(), key -> new ArrayList<>()).add(value);
    }
    return new Arguments(given, positional);
  }

  private static Option find(List<Option> options, String name) throws UsageException {
    for (Option option : options) {
      if (option.is(name)) {
        return option;
      }
    }
    throw new UsageException("flag provided but not defined: -" + name);
  }

  private static String flagged(String value, String name) throws UsageException {
    if (TRUE.contains(value)) {
      return "true";
    }
    if (FALSE.contains(value)) {
      return "false";
    }
    throw new UsageException(
        "invalid boolean value \"" + value + "\" for -" + name + ": parse error");
  }

  private static UsageException invalid(String value, String name) {
    return new UsageException(
        "invalid value \"" + value + "\" for flag -" + name + ": parse error");
  }

  /** What is no option, in order. */
  List<String> positional() {
    return positional;
  }

  /** Whether the flag is on. */
  boolean flag(String name) {
    return "true".equals(value(name));
  }

  /** The last value given, or null. */
  @Nullable String value(String name) {
    List<String> values = values(name);
    return values.isEmpty() ? null : values.getLast();
  }

  /** The last value given, or another one. */
  String value(String name, String otherwise) {
    String value = value(name);
    return value == null ? otherwise : value;
  }

  /** Every value given, in order. */
  List<String> values(String name) {
    return given.getOrDefault(name, List.of());
  }
}
