package dev.carafe.agent.container;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.runtime.rdt.ConfiguredGroups;
import dev.carafe.runtime.rdt.DirectoryOwnershipStore;
import dev.carafe.runtime.rdt.RdtClasses;
import dev.carafe.runtime.rdt.RdtConfigurator;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.RdtConfigReader;
import dev.carafe.runtime.rdt.plan.Hardware;
import dev.carafe.runtime.rdt.plan.RdtPlanner;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Brings the classes of {@code [rdt] config_file} into resctrl. */
final class RdtSetup {
  private static final Logger LOG = LogManager.getLogger(RdtSetup.class);
  private static final RdtConfig NOTHING =
      new RdtConfig(Set.of(), new TreeMap<>(), Map.of(), List.of());

  private RdtSetup() {}

  /**
   * Reads the file and applies it. A file that is wrong stops the agent; what the kernel refuses,
   * or a class in use that would go, does not: the groups stay as they were, and the log says why.
   *
   * @param ownership the folder of the containers' records
   * @param groups the file that says which groups are ours; a reboot voids it
   * @return what the file says; nothing without a file
   * @throws IOException naming the file, the place in it and the reason
   */
  static RdtConfig apply(CarafeConfig.Rdt config, Path ownership, Path groups) throws IOException {
    Path file = config.configFile();
    if (file == null) {
      return NOTHING;
    }
    try {
      RdtConfig read = RdtConfigReader.read(Files.readString(file));
      read.warnings().forEach(warning -> LOG.warn("{}: {}", file, warning));
      if (Resctrl.present(config.resctrlRoot())) {
        apply(read, config, ownership, groups);
      } else {
        LOG.warn("the classes of {} are not made: no resctrl at {}", file, config.resctrlRoot());
      }
      return read;
    } catch (RdtConfigException wrong) {
      throw new IOException("rdt.config_file: " + wrong.describe(file.toString()), wrong);
    }
  }

  private static void apply(RdtConfig read, CarafeConfig.Rdt config, Path ownership, Path groups) {
    try {
      RdtConfigurator configurator =
          new RdtConfigurator(
              Resctrl.open(config.resctrlRoot()),
              new ConfiguredGroups(groups, DurableFile::replace),
              new DirectoryOwnershipStore(ownership, DurableFile::replace),
              RdtClasses.DEFAULT_PREFIX);
      Set<String> options =
          config.mountOptions().isEmpty() ? null : Set.of(config.mountOptions().split(",", -1));
      RdtConfigurator.Changes changes =
          configurator.apply(
              RdtPlanner.plan(read, Hardware.read(config.resctrlRoot(), options)).configured());
      LOG.info(
          "RDT classes of {}: made {}, removed {}",
          config.configFile(),
          changes.made(),
          changes.removed());
    } catch (RdtException refused) {
      LOG.error(
          "the RDT classes stay as they were, {} is not in force: {}",
          config.configFile(),
          refused.getMessage(),
          refused);
    }
  }
}
