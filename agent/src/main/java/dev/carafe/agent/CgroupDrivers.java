package dev.carafe.agent;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.cgroup.FsCgroupDriver;
import dev.carafe.runtime.cgroup.SystemdBus;
import dev.carafe.runtime.cgroup.SystemdCgroupDriver;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which cgroup driver the configuration and the node make. */
final class CgroupDrivers {
  /** There where systemd is process 1 (sd_booted(3)). */
  private static final Path BOOTED = Path.of("/run/systemd/system");

  private CgroupDrivers() {}

  /** The driver; {@code auto} is systemd's where systemd owns a cgroup v2 tree. */
  static CgroupDriver choose(CarafeConfig.RuntimeSettings settings, CgroupLayout layout) {
    boolean systemd =
        switch (settings.cgroupDriver()) {
          case CGROUPFS -> false;
          case SYSTEMD -> true;
          case AUTO ->
              layout instanceof CgroupLayout.Unified
                  && Files.isDirectory(BOOTED)
                  && Files.exists(SystemdBus.SYSTEM.socket());
        };
    return systemd
        ? new SystemdCgroupDriver(layout, SystemdBus.SYSTEM)
        : new FsCgroupDriver(layout);
  }
}
