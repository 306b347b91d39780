package dev.carafe.agent.config;

import static java.util.Objects.requireNonNull;

import java.util.function.Function;

/**
 * One key of the configuration.
 *
 * @param name dotted, as in {@code network.conf_dir}
 * @param type how a value is read and what is expected of it
 * @param defaultValue what holds when nobody sets it
 * @param reload whether a running agent can take a new value
 * @param accessor the value in a built configuration
 */
record ConfigKey<T>(
    String name,
    ConfigTypes.Type<T> type,
    T defaultValue,
    Reload reload,
    Function<CarafeConfig, T> accessor) {
  ConfigKey {
    requireNonNull(name, "name");
    requireNonNull(type, "type");
    requireNonNull(defaultValue, "defaultValue");
    requireNonNull(reload, "reload");
    requireNonNull(accessor, "accessor");
  }

  /** Whether SIGHUP is enough. */
  enum Reload {
    LIVE,
    RESTART
  }

  /** Gives each key a value. */
  interface Values {
    <T> T get(ConfigKey<T> key);
  }
}
