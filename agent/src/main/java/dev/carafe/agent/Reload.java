package dev.carafe.agent;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.ConfigException;
import dev.carafe.agent.config.ConfigReload;
import dev.carafe.agent.config.ReloadOutcome;
import dev.carafe.agent.event.NodeEvent.Level;
import dev.carafe.agent.event.NodeEvents;
import dev.carafe.agent.log.LogConfiguration;
import dev.carafe.agent.name.Times;
import dev.carafe.agent.rdt.RdtPlacement;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The configuration in force, and its reload by SIGHUP or by the admin service: the new values of
 * all keys that a running agent can take, or none of them. Thread-safe.
 */
final class Reload {
  private final ReentrantLock lock = new ReentrantLock();
  private final Source source;
  private final InstantSource clock;
  private final NodeEvents events;
  private volatile CarafeConfig config;
  private volatile @Nullable ReloadOutcome last;

  /** Where the configuration is read from. */
  @FunctionalInterface
  interface Source {
    /** The configuration as the files have it now. */
    CarafeConfig load() throws ConfigException;
  }

  /** What was read from {@code source} at the start is in force. */
  Reload(CarafeConfig config, Source source, InstantSource clock, NodeEvents events) {
    this.config = requireNonNull(config, "config is null");
    this.source = requireNonNull(source, "source is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.events = requireNonNull(events, "events is null");
  }

  /** What is in force. */
  CarafeConfig config() {
    return config;
  }

  /** What came of the last reload; null before the first. */
  @Nullable ReloadOutcome last() {
    return last;
  }

  /** Reads the files anew; an event tells what came of it. */
  ReloadOutcome reload(RdtPlacement rdt) {
    lock.lock();
    try {
      ReloadOutcome outcome = attempt(rdt);
      last = outcome;
      events.publish(
          outcome.accepted() ? Level.NORMAL : Level.WARNING,
          outcome.accepted() ? "Reloaded" : "ReloadRefused",
          outcome.message(),
          null);
      return outcome;
    } finally {
      lock.unlock();
    }
  }

  private ReloadOutcome attempt(RdtPlacement rdt) {
    try {
      ConfigReload reload = ConfigReload.between(config, source.load());
      // Only this can refuse, so it comes first.
      rdt.reload(reload.effective().rdt());
      config = reload.effective();
      LogConfiguration.setLevel(
          org.apache.logging.log4j.Level.valueOf(config.log().level().name()));
      return new ReloadOutcome(
          true, reload.applied(), reload.needRestart(), sentence(reload, rdt), Times.nanos(clock));
    } catch (ConfigException refused) {
      return new ReloadOutcome(
          false,
          java.util.List.of(),
          java.util.List.of(),
          "the configuration stays as it was: " + refused.getMessage(),
          Times.nanos(clock));
    }
  }

  private static String sentence(ConfigReload reload, RdtPlacement rdt) {
    String restart =
        reload.needRestart().isEmpty()
            ? ""
            : "; a restart is needed for the new values of " + reload.needRestart();
    String problem = rdt.view().problem();
    return "the configuration was read anew; changed: "
        + (reload.applied().isEmpty() ? "no key of carafe.toml" : reload.applied())
        + restart
        + (problem == null ? "" : "; the RDT classes are not in force: " + problem);
  }
}
