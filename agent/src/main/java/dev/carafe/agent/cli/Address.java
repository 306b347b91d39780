package dev.carafe.agent.cli;

import dev.carafe.agent.config.ConfigException;
import dev.carafe.agent.config.ConfigLoader;
import dev.carafe.agent.config.Flags;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where carafed listens. */
final class Address {
  private static final String SCHEME = "unix://";
  private static final String VARIABLE = "CARAFE_ADDRESS";

  private Address() {}

  /**
   * The socket: the option, else the environment's CARAFE_ADDRESS, else {@code api.listen} of
   * carafed's own configuration or its default.
   *
   * @throws UsageException for an address that is not {@code unix:///PATH}
   * @throws ConfigException when the configuration is wrong
   */
  static Path socket(@Nullable String option, Map<String, String> environment)
      throws UsageException, ConfigException {
    if (option != null) {
      return parse("--address", option);
    }
    String variable = environment.get(VARIABLE);
    if (variable != null && !variable.isEmpty()) {
      return parse(VARIABLE, variable);
    }
    return ConfigLoader.load(Flags.none()).api().socket();
  }

  private static Path parse(String source, String address) throws UsageException {
    if (!address.startsWith(SCHEME + "/")) {
      throw new UsageException(
          "%s = \"%s\": expected unix:///PATH, an absolute path".formatted(source, address));
    }
    return Path.of(address.substring(SCHEME.length()));
  }
}
