package dev.carafe.agent.rdt;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.CarafeConfig.RdtMount;
import dev.carafe.runtime.linux.LinuxException;
import dev.carafe.runtime.linux.Mounts;
import dev.carafe.runtime.rdt.Resctrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Mounts resctrl on a node that has it and where nobody did: distributions leave it to whoever
 * needs it. What is mounted is never remounted, for its options belong to whoever chose them.
 */
final class ResctrlMount {
  private static final Logger LOG = LogManager.getLogger(ResctrlMount.class);
  private static final String TYPE = "resctrl";

  private ResctrlMount() {}

  /**
   * Mounts it if {@code [rdt] mount} allows and the kernel can; else nothing happens. A refusal is
   * logged.
   *
   * @param filesystems {@code /proc/filesystems}, which names resctrl only where the hardware has
   *     RDT
   * @return whether it was mounted now
   */
  static boolean ensure(CarafeConfig.Rdt config, Path filesystems) {
    Path root = config.resctrlRoot();
    if (config.mount() == RdtMount.NEVER
        || Resctrl.present(root)
        || !Files.isDirectory(root)
        || !known(filesystems)) {
      return false;
    }
    try {
      Mounts.mount(TYPE, root, config.mountOptions());
      LOG.info("mounted resctrl at {} with the options '{}'", root, config.mountOptions());
      return true;
    } catch (LinuxException refused) {
      LOG.error("{}; the node runs without RDT classes", refused.getMessage());
      return false;
    }
  }

  private static boolean known(Path filesystems) {
    try {
      return Files.readAllLines(filesystems).stream().anyMatch(line -> line.endsWith("\t" + TYPE));
    } catch (IOException unreadable) {
      LOG.error("cannot read {}", filesystems, unreadable);
      return false;
    }
  }
}
