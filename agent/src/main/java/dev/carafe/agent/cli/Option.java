package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** An option of {@code carafe}; {@code --name VALUE} and {@code --name=VALUE} are the same. */
enum Option {
  ADDRESS(
      "--address",
      "unix:///PATH",
      "where carafed listens; default: CARAFE_ADDRESS, then api.listen of /etc/carafe/carafe.toml"),
  AUTH_FILE(
      "--auth-file",
      "FILE",
      "a registry's password, in the form of docker's config.json; default none"),
  CONFIG("--config", "FILE", "the configuration to go by; default /etc/carafe/carafe.toml"),
  FOLLOW("--follow", null, "go on with what is written from now on"),
  INTERVAL("--interval", "SECONDS", "between two pictures, 1 to 3600; default 2"),
  JSON("--json", null, "print JSON, for programs"),
  NAME("--name", "REF", "the single image's name"),
  ONCE("--once", null, "print one picture and end"),
  OUTPUT("--output", "FILE", "the archive to write"),
  TAIL("--tail", "LINES", "begin with the last LINES lines"),
  TIMESTAMPS("--timestamps", null, "the time before each line");

  private final String word;
  private final @Nullable String value;
  private final String meaning;

  Option(String word, @Nullable String value, String meaning) {
    this.word = requireNonNull(word, "word is null");
    this.value = value;
    this.meaning = requireNonNull(meaning, "meaning is null");
  }

  /** As it is written. */
  String word() {
    return word;
  }

  boolean takesValue() {
    return value != null;
  }

  /** Word and value, for usage. */
  String synopsis() {
    return value == null ? word : word + " " + value;
  }

  String meaning() {
    return meaning;
  }

  /** The option that is written so, or null. */
  static @Nullable Option of(String word) {
    for (Option option : values()) {
      if (option.word.equals(word)) {
        return option;
      }
    }
    return null;
  }
}
