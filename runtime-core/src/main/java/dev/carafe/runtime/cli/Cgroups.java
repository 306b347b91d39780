package dev.carafe.runtime.cli;

import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.cgroup.FsCgroupDriver;
import dev.carafe.runtime.cgroup.SystemdBus;
import dev.carafe.runtime.cgroup.SystemdCgroupDriver;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who makes cgroups for a new container, and where.
 *
 * @param caller whose container it is
 * @param driver as the global options choose it
 */
record Cgroups(Caller caller, CgroupDriver driver) {
  Cgroups {
    Objects.requireNonNull(caller, "caller");
    Objects.requireNonNull(driver, "driver");
  }

  static Cgroups of(Session session, Spec spec) throws IOException {
    CgroupLayout layout = session.store().layout();
    Caller caller = session.caller();
    return new Cgroups(
        caller,
        session.settings().systemd()
            ? new SystemdCgroupDriver(layout, SystemdBus.of(caller.environment()))
                .with(spec.annotations())
            : new FsCgroupDriver(layout));
  }

  /** The path of a container below the mounts. */
  String path(@Nullable String cgroupsPath, String id) throws IOException {
    return switch (driver) {
      case FsCgroupDriver files -> Placements.cgroupPath(files.layout(), caller, cgroupsPath, id);
      case SystemdCgroupDriver systemd -> systemd.resolve(cgroupsPath, id);
    };
  }

  /** The bus of the systemd that is asked; null for none. */
  @Nullable SystemdBus bus() {
    return driver instanceof SystemdCgroupDriver systemd ? systemd.bus() : null;
  }
}
