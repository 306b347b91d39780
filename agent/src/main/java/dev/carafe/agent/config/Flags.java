package dev.carafe.agent.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@code carafed}. Flags win over the file; {@code --flag VALUE} and {@code
 * --flag=VALUE} are the same, the last of a repeated flag counts.
 *
 * @param action what is asked for
 * @param configFile of {@code --config}, null when it is not given
 * @param overrides the flags that stand for a key of the file, with their values as written
 */
public record Flags(Action action, @Nullable Path configFile, Map<String, String> overrides) {
  /** The text of {@code --help}. */
  public static final String USAGE =
      """
      Usage: carafed [flags]

        --config FILE         configuration (default /etc/carafe/carafe.toml, may be missing);
                              FILE.d/*.toml is read after it, in name order
        --root DIR            images and what survives a reboot (default /var/lib/carafe)
        --state DIR           what a reboot voids (default /run/carafe)
        --listen unix:///PATH where CRI is served (default unix:///run/carafe/carafe.sock)
        --log-level LEVEL     error, warn, info, debug or trace (default info)
        --help                print this and exit
        --version             print the version and exit
      """;

  /** The flags that stand for a key. */
  static final Map<String, ConfigKey<?>> KEYS =
      Map.of(
          "--root",
          ConfigKeys.ROOT,
          "--state",
          ConfigKeys.STATE,
          "--listen",
          ConfigKeys.API_LISTEN,
          "--log-level",
          ConfigKeys.LOG_LEVEL);

  public Flags {
    if (!KEYS.keySet().containsAll(overrides.keySet())) {
      throw new IllegalArgumentException("flags that stand for no key: " + overrides.keySet());
    }
    overrides = Map.copyOf(overrides);
  }

  /** What the command line asks for. */
  public enum Action {
    RUN,
    HELP,
    VERSION
  }

  /** No flags at all. */
  public static Flags none() {
    return new Flags(Action.RUN, null, Map.of());
  }

  /**
   * Reads a command line.
   *
   * @throws ConfigException names the argument that is not understood
   */
  public static Flags parse(List<String> arguments) throws ConfigException {
    Action action = Action.RUN;
    Path configFile = null;
    Map<String, String> overrides = new HashMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.equals("--help") || argument.equals("-h")) {
        return new Flags(Action.HELP, null, Map.of());
      }
      if (argument.equals("--version")) {
        action = Action.VERSION;
        continue;
      }
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      boolean isKey = KEYS.containsKey(name);
      if (!isKey && !name.equals("--config")) {
        throw new ConfigException("unknown argument " + argument + "; carafed --help lists them");
      }
      if (equals < 0 && i + 1 == arguments.size()) {
        throw new ConfigException(name + ": expected a value after it");
      }
      String value = equals < 0 ? arguments.get(++i) : argument.substring(equals + 1);
      if (isKey) {
        overrides.put(name, value);
      } else {
        configFile = pathOf(name, value);
      }
    }
    return new Flags(action, configFile, overrides);
  }

  private static Path pathOf(String name, String value) throws ConfigException {
    if (value.isEmpty()) {
      throw new ConfigException(name + ": expected a file's path");
    }
    return Path.of(value);
  }
}
