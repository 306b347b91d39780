package dev.carafe.agent.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command line asks for. Options may stand anywhere; {@code --option VALUE} and {@code
 * --option=VALUE} are the same.
 *
 * @param address of {@code --address}, {@code unix:///PATH}; null when it is not given
 */
record Invocation(Command command, @Nullable String address) {
  /** The text of {@code --help}. */
  static final String USAGE =
      """
      Usage: carafe [--address unix:///PATH] COMMAND

        image import FILE [--name REF]  take the images of an OCI or docker archive;
                                        --name gives a single image its name
        image ls                        the images that this node has
        rdt check|plan FILE             what an RDT configuration is worth; see carafe rdt --help

        --address unix:///PATH          where carafed listens; default: CARAFE_ADDRESS, then
                                        api.listen of /etc/carafe/carafe.toml
        --help, --version               print this, or the version

      Exit codes: 0 done, 1 carafed refused or does not answer, 2 wrong command line.
      """;

  private static final String IMAGE = "image";

  /** The commands. */
  sealed interface Command {
    /** Print the usage. */
    record Help() implements Command {}

    /** Print the version. */
    record Version() implements Command {}

    /**
     * Import an archive.
     *
     * @param archive as written, maybe relative
     * @param name the image's reference; null takes the archive's own names
     */
    record ImportImage(Path archive, @Nullable String name) implements Command {}

    /** List the images. */
    record ListImages() implements Command {}
  }

  /**
   * Reads a command line.
   *
   * @throws UsageException names the word that is not understood
   */
  static Invocation parse(List<String> arguments) throws UsageException {
    List<String> words = new ArrayList<>();
    String address = null;
    String name = null;
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.equals("--help") || argument.equals("-h")) {
        return new Invocation(new Command.Help(), null);
      }
      if (argument.equals("--version")) {
        return new Invocation(new Command.Version(), null);
      }
      if (!argument.startsWith("-")) {
        words.add(argument);
        continue;
      }
      int equals = argument.indexOf('=');
      String option = equals < 0 ? argument : argument.substring(0, equals);
      if (!option.equals("--address") && !option.equals("--name")) {
        throw new UsageException("unknown option " + option + "; carafe --help lists them");
      }
      if (equals < 0 && i + 1 == arguments.size()) {
        throw new UsageException(option + ": expected a value after it");
      }
      String value = equals < 0 ? arguments.get(++i) : argument.substring(equals + 1);
      if (option.equals("--address")) {
        address = value;
      } else {
        name = value;
      }
    }
    Command command = command(words, name);
    if (name != null && !(command instanceof Command.ImportImage)) {
      throw new UsageException("--name belongs to carafe image import");
    }
    return new Invocation(command, address);
  }

  private static Command command(List<String> words, @Nullable String name) throws UsageException {
    if (words.size() < 2 || !words.getFirst().equals(IMAGE)) {
      throw unknown(words);
    }
    List<String> operands = words.subList(2, words.size());
    return switch (words.get(1)) {
      case "import" -> {
        if (operands.size() != 1) {
          throw new UsageException("carafe image import: expected one FILE, got " + operands);
        }
        yield new Command.ImportImage(path(operands.getFirst()), name);
      }
      case "ls" -> {
        if (!operands.isEmpty()) {
          throw new UsageException("carafe image ls: expected nothing more, got " + operands);
        }
        yield new Command.ListImages();
      }
      default -> throw unknown(words);
    };
  }

  private static UsageException unknown(List<String> words) {
    return new UsageException(
        words.isEmpty()
            ? "no command; carafe --help lists them"
            : "unknown command \"" + String.join(" ", words) + "\"; carafe --help lists them");
  }

  private static Path path(String file) throws UsageException {
    try {
      return Path.of(file);
    } catch (InvalidPathException notAPath) {
      throw new UsageException("carafe image import: " + notAPath.getMessage());
    }
  }
}
