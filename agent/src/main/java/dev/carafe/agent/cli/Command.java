package dev.carafe.agent.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** The commands of {@code carafe}: the one table that parsing, usage and completion follow. */
enum Command {
  STATUS("status", "", 0, "how carafed and its node are", Option.JSON),
  TOP(
      "top",
      "",
      0,
      "pods and containers by CPU and memory",
      Option.ONCE,
      Option.INTERVAL,
      Option.JSON),
  INSPECT("inspect", "ID", 1, "all that is known of a pod, container or image, in JSON"),
  LOGS(
      "logs",
      "CONTAINER",
      1,
      "what a container has written",
      Option.FOLLOW,
      Option.TAIL,
      Option.TIMESTAMPS),
  IMAGE_PULL(
      "image pull", "IMAGE", 1, "bring an image from its registry", Option.AUTH_FILE, Option.JSON),
  IMAGE_IMPORT(
      "image import",
      "FILE",
      1,
      "take the images of an OCI or docker archive, or of a directory in OCI's layout",
      Option.NAME,
      Option.JSON),
  IMAGE_EXPORT(
      "image export", "IMAGE", 1, "write an image to an OCI archive", Option.OUTPUT, Option.JSON),
  IMAGE_LS("image ls", "", 0, "the images that this node has", Option.JSON),
  IMAGE_RM("image rm", "IMAGE", 1, "remove an image under all its names"),
  RDT_TOP(
      "rdt top",
      "",
      0,
      "classes, pods and containers by L3 cache and memory bandwidth",
      Option.ONCE,
      Option.INTERVAL,
      Option.JSON),
  RDT_LS("rdt ls", "", 0, "the RDT classes of this node and who has them", Option.JSON),
  RELOAD("reload", "", 0, "have carafed read its configuration anew, as SIGHUP does"),
  CHECK("check", "", 0, "what this host lacks of what Carafe needs", Option.CONFIG, Option.JSON),
  COMPLETION("completion", "bash|zsh|fish", 1, "a shell's script that completes these commands"),
  HELP("help", "", 0, "this text; so does --help"),
  VERSION("version", "", 0, "the version; so does --version");

  @SuppressWarnings("ImmutableEnumChecker") // a List.of
  private final List<String> words;

  private final String operand;
  private final int operands;
  private final String meaning;

  @SuppressWarnings("ImmutableEnumChecker") // a Set.of
  private final Set<Option> options;

  Command(String words, String operand, int operands, String meaning, Option... options) {
    this.words = List.of(words.split(" ", -1));
    this.operand = operand;
    this.operands = operands;
    this.meaning = meaning;
    this.options = Set.of(options);
  }

  /** One or two words. */
  List<String> words() {
    return words;
  }

  /** As it is written. */
  String text() {
    return String.join(" ", words);
  }

  /** What stands after the words; empty for nothing. */
  String operand() {
    return operand;
  }

  /** How many operands it takes, 0 or 1. */
  int operands() {
    return operands;
  }

  String meaning() {
    return meaning;
  }

  /** Its own options; {@link Option#ADDRESS} goes with every command. */
  List<Option> options() {
    return Arrays.stream(Option.values()).filter(options::contains).toList();
  }

  boolean takes(Option option) {
    return option == Option.ADDRESS || options.contains(option);
  }
}
