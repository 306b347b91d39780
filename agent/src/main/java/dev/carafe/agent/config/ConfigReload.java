package dev.carafe.agent.config;

import java.util.ArrayList;
import java.util.List;

/**
 * What SIGHUP changes.
 *
 * @param effective the running configuration with those new values that a running agent can take
 * @param applied the keys whose new value is in {@code effective}
 * @param needRestart the keys whose new value waits for a restart
 */
public record ConfigReload(CarafeConfig effective, List<String> applied, List<String> needRestart) {
  public ConfigReload {
    applied = List.copyOf(applied);
    needRestart = List.copyOf(needRestart);
  }

  /** Compares what runs with what the files now say. */
  public static ConfigReload between(CarafeConfig running, CarafeConfig loaded) {
    List<String> applied = new ArrayList<>();
    List<String> needRestart = new ArrayList<>();
    for (ConfigKey<?> key : ConfigKeys.ALL) {
      if (!key.accessor().apply(running).equals(key.accessor().apply(loaded))) {
        (isLive(key) ? applied : needRestart).add(key.name());
      }
    }
    CarafeConfig effective = ConfigKeys.build(new Merged(running, loaded));
    return new ConfigReload(effective, applied, needRestart);
  }

  private static boolean isLive(ConfigKey<?> key) {
    return key.reload() == ConfigKey.Reload.LIVE;
  }

  private record Merged(CarafeConfig running, CarafeConfig loaded) implements ConfigKey.Values {
    @Override
    public <T> T get(ConfigKey<T> key) {
      return key.accessor().apply(isLive(key) ? loaded : running);
    }
  }
}
