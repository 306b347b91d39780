package dev.carafe.runtime.rdt.cli;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@code carafe rdt}.
 *
 * @param verb what to do
 * @param file the configuration
 * @param resctrl a mounted tree or a copy of one; null for this machine's
 * @param mountOptions what the tree is mounted with; null to find out
 * @param json whether to print JSON
 */
record RdtArguments(
    Verb verb,
    Path file,
    @Nullable Path resctrl,
    @Nullable Set<String> mountOptions,
    boolean json) {
  static final String USAGE =
      """
      usage: carafe rdt check FILE [--resctrl DIR] [--mount-options OPTION,OPTION]
             carafe rdt plan FILE [--resctrl DIR] [--mount-options OPTION,OPTION] [--json]
      check says whether a configuration in goresctrl's YAML is good; plan shows the schemata of its
      classes. Nothing is changed.
        --resctrl DIR      a mounted resctrl, or a directory with a copy of its info directory and
                           its file schemata (/sys/fs/resctrl)
        --mount-options    cdp, cdpl2, mba_MBps: what resctrl is or would be mounted with (found out)
        --json             one object: class name to the list of its schemata lines
      exit: 0 a good file, 1 a refused one, 2 usage
      """;

  private static final Set<String> KNOWN_OPTIONS = Set.of("cdp", "cdpl2", "mba_MBps");

  enum Verb {
    CHECK,
    PLAN,
    HELP
  }

  /** A wrong command line. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
      super(message);
    }
  }

  static RdtArguments parse(List<String> arguments) throws UsageException {
    Path file = null;
    Path resctrl = null;
    Set<String> options = null;
    boolean json = false;
    Iterator<String> rest = arguments.iterator();
    Verb verb = verb(rest);
    while (rest.hasNext()) {
      String argument = rest.next();
      String name = argument.startsWith("--") ? argument.split("=", 2)[0] : argument;
      switch (name) {
        case "--resctrl" -> resctrl = Path.of(value(argument, rest));
        case "--mount-options" -> options = options(value(argument, rest));
        case "--json" -> json = true;
        case "--help", "-h" -> verb = Verb.HELP;
        default -> {
          if (argument.startsWith("-") || file != null) {
            throw new UsageException("unexpected argument '" + argument + "'");
          }
          file = Path.of(argument);
        }
      }
    }
    if (json && verb == Verb.CHECK) {
      throw new UsageException("--json belongs to plan");
    }
    if (file == null && verb != Verb.HELP) {
      throw new UsageException("the FILE is missing");
    }
    return new RdtArguments(verb, file == null ? Path.of("") : file, resctrl, options, json);
  }

  private static Verb verb(Iterator<String> rest) throws UsageException {
    String verb = rest.hasNext() ? rest.next() : "";
    return switch (verb) {
      case "check" -> Verb.CHECK;
      case "plan" -> Verb.PLAN;
      case "help", "--help", "-h" -> Verb.HELP;
      case "" -> throw new UsageException("a command is missing: check or plan");
      default -> throw new UsageException("unknown command '" + verb + "'");
    };
  }

  private static String value(String argument, Iterator<String> rest) throws UsageException {
    int equals = argument.indexOf('=');
    if (equals >= 0) {
      return argument.substring(equals + 1);
    }
    if (!rest.hasNext()) {
      throw new UsageException(argument + " needs a value");
    }
    return rest.next();
  }

  private static Set<String> options(String text) throws UsageException {
    Set<String> options = new TreeSet<>();
    for (String option : text.split(",", -1)) {
      // What mount(8) shows beside resctrl's own options changes no plan.
      if (KNOWN_OPTIONS.contains(option)) {
        options.add(option);
      } else if (!option.isEmpty() && !Set.of("rw", "ro", "relatime", "debug").contains(option)) {
        throw new UsageException(
            "unknown mount option '" + option + "'; there are " + new TreeSet<>(KNOWN_OPTIONS));
      }
    }
    return options;
  }
}
