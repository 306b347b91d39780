package dev.carafe.agent.rdt;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.runtime.rdt.ConfiguredGroups;
import dev.carafe.runtime.rdt.Ownership;
import dev.carafe.runtime.rdt.OwnershipStore;
import dev.carafe.runtime.rdt.RdtClasses;
import dev.carafe.runtime.rdt.RdtConfigurator;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.Schemata;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.RdtConfigReader;
import dev.carafe.runtime.rdt.plan.Hardware;
import dev.carafe.runtime.rdt.plan.RdtPlanner;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The classes of {@code [rdt] config_file} in resctrl, and their reload: a new file takes effect
 * whole or not at all. Thread-safe.
 */
final class RdtInForce {
  private static final Logger LOG = LogManager.getLogger(RdtInForce.class);

  /** Held for reading by whoever puts a container into a class, so that the class does not go. */
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  private final OwnershipStore containers;
  private final Path groups;
  private volatile State state;

  /**
   * What is in force.
   *
   * @param config the keys of carafe.toml
   * @param classes what the file says; nothing without a file, or with one that can't be read
   * @param problem why the file is not in force; null when it is, or when there is none
   */
  record State(CarafeConfig.Rdt config, RdtConfig classes, @Nullable String problem) {
    State {
      requireNonNull(config, "config is null");
      requireNonNull(classes, "classes is null");
    }

    boolean available() {
      return Resctrl.present(config.resctrlRoot());
    }

    Hardware hardware() {
      Set<String> options =
          config.mountOptions().isEmpty() ? null : Set.of(config.mountOptions().split(",", -1));
      return Hardware.read(config.resctrlRoot(), options);
    }
  }

  /** A configuration that can't be put into force; what was stays. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;
    private final transient RdtConfig read;

    private RefusedException(String message, RdtConfig read, Exception cause) {
      super(message, cause);
      this.read = read;
    }
  }

  /**
   * Brings the file into force. One that is wrong, does not fit the hardware or is refused by the
   * kernel leaves the groups as they are, and {@link State#problem} says why: a node must start
   * though its classes can't be made.
   *
   * @param containers whose groups are in use
   * @param groups the file that says which groups are the configuration's; a reboot voids it
   */
  RdtInForce(CarafeConfig.Rdt config, OwnershipStore containers, Path groups) {
    this.containers = requireNonNull(containers, "containers is null");
    this.groups = requireNonNull(groups, "groups is null");
    try {
      this.state = apply(config);
    } catch (RefusedException refused) {
      this.state = new State(config, refused.read, String.valueOf(refused.getMessage()));
    }
  }

  State state() {
    return state;
  }

  /** Runs with the state, which stays in force meanwhile. */
  <T extends @Nullable Object> T reading(Function<State, T> action) {
    lock.readLock().lock();
    try {
      return action.apply(state);
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Brings the file into force anew: all schemata or none. Containers stay in their classes.
   *
   * @throws RefusedException when it is wrong, or a class that a container has would go
   */
  void reload(CarafeConfig.Rdt config) throws RefusedException {
    lock.writeLock().lock();
    try {
      state = apply(config);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private State apply(CarafeConfig.Rdt config) throws RefusedException {
    RdtConfig read = read(config.configFile());
    if (!Resctrl.present(config.resctrlRoot())) {
      return new State(
          config,
          read,
          config.configFile() == null ? null : "no resctrl file system at " + config.resctrlRoot());
    }
    State next = new State(config, read, null);
    RdtConfigurator configurator =
        new RdtConfigurator(
            Resctrl.open(config.resctrlRoot()),
            new ConfiguredGroups(groups, DurableFile::replace),
            containers,
            RdtClasses.DEFAULT_PREFIX);
    try {
      if (config.configFile() != null || configurator.hasGroups()) {
        Hardware hardware = next.hardware();
        RdtConfigurator.Changes changes =
            configurator.apply(
                RdtPlanner.plan(read, hardware).configured(), privateGroups(read, hardware));
        LOG.info(
            "RDT classes of {}: made {}, removed {}",
            config.configFile(),
            changes.made(),
            changes.removed());
      }
      return next;
    } catch (RdtConfigException unfit) {
      throw new RefusedException(unfit.describe(config.configFile() + ""), read, unfit);
    } catch (RdtException refused) {
      throw new RefusedException(config.configFile() + ": " + refused.getMessage(), read, refused);
    }
  }

  private static RdtConfig read(@Nullable Path file) throws RefusedException {
    if (file == null) {
      return RdtConfig.NOTHING;
    }
    try {
      RdtConfig read = RdtConfigReader.read(Files.readString(file));
      read.warnings().forEach(warning -> LOG.warn("{}: {}", file, warning));
      return read;
    } catch (RdtConfigException wrong) {
      throw new RefusedException(wrong.describe(file.toString()), RdtConfig.NOTHING, wrong);
    } catch (IOException unreadable) {
      throw new RefusedException(
          "cannot read " + file + ": " + unreadable, RdtConfig.NOTHING, unreadable);
    }
  }

  /** The private classes of containers move with the partition that they have a part of. */
  private Map<String, Schemata> privateGroups(RdtConfig read, Hardware hardware) {
    Map<String, Schemata> wanted = new HashMap<>();
    for (Ownership container : containers.all()) {
      PrivateClass asked = PrivateClass.of(container);
      if (asked != null) {
        wanted.put(container.controlGroup(), asked.plan(read, hardware));
      }
    }
    return wanted;
  }
}
