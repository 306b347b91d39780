package dev.carafe.runtime.cli;

import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.cgroup.CgroupException;
import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.cgroup.FsCgroupDriver;
import dev.carafe.runtime.cgroup.SystemdBus;
import dev.carafe.runtime.cgroup.SystemdCgroupDriver;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who makes the cgroup of a new container, and where.
 *
 * @param driver as the global options choose it; the one that makes none for who may not
 * @param path of the container below the mounts; "" for no cgroup of its own
 */
record Cgroups(CgroupDriver driver, String path) {
  Cgroups {
    Objects.requireNonNull(driver, "driver");
    Objects.requireNonNull(path, "path");
  }

  /**
   * The cgroup of a container with this configuration.
   *
   * @throws Failure when it asks for limits and its caller may make no cgroup to have them
   */
  static Cgroups of(Session session, Spec spec, String id) throws IOException, Failure {
    CgroupLayout layout = session.store().layout();
    Linux linux = Objects.requireNonNull(spec.linux(), "a valid configuration has a Linux part");
    if (session.settings().systemd()) {
      SystemdBus bus = SystemdBus.of(session.caller().environment());
      SystemdCgroupDriver systemd = new SystemdCgroupDriver(layout, bus).with(spec.annotations());
      return new Cgroups(systemd, systemd.resolve(linux.cgroupsPath(), id));
    }
    FsCgroupDriver files = new FsCgroupDriver(layout);
    String path = Placements.cgroupPath(layout, session.caller(), linux.cgroupsPath(), id);
    boolean goesWithout = session.settings().lenient() && linux.cgroupsPath() == null;
    if (!goesWithout || files.mayMake(path)) {
      return new Cgroups(files, path);
    }
    refuseLimits(layout, path, linux.resources());
    return new Cgroups(FsCgroupDriver.NONE, "");
  }

  private static void refuseLimits(
      CgroupLayout layout, String path, @Nullable LinuxResources resources) throws Failure {
    if (resources == null) {
      return;
    }
    Set<String> asked = new TreeSet<>(FsCgroupDriver.neededControllers(resources));
    asked.addAll(resources.unified().keySet());
    if (!asked.isEmpty()) {
      throw new Failure(
          layout instanceof CgroupLayout.Unified
              ? "rootless needs no limits + no cgrouppath when no permission is granted for"
                  + " cgroups: limits of "
                  + asked
                  + ", and "
                  + path
                  + " is not yours to make"
              : "cannot set "
                  + asked.iterator().next()
                  + " limit: container could not join or create cgroup");
    }
  }

  /** A handle on the cgroup, which may not be there yet. */
  Cgroup open() {
    return driver.open(path.isEmpty() ? "/" : path, false);
  }

  /**
   * Makes the cgroup, with its limits in force.
   *
   * @param holder the process that a unit of systemd's begins with: a launcher or criu, which the
   *     front ends when it gets no further; 0 where the driver needs none
   * @throws Failure in the words that callers know from runc when it is not the caller's to make
   */
  Cgroup make(LinuxResources resources, int holder) throws Failure {
    try {
      return driver.create(path, resources, () -> new Held(holder)).cgroup();
    } catch (CgroupException e) {
      if (e.kind() == CgroupException.Kind.KERNEL) {
        throw new Failure("unable to apply cgroup configuration: " + e.getMessage(), e);
      }
      throw e;
    }
  }

  private record Held(int pid) implements CgroupDriver.Holder {
    @Override
    public void close() {}
  }

  /** The bus of the systemd that is asked; null for none. */
  @Nullable SystemdBus bus() {
    return driver instanceof SystemdCgroupDriver systemd ? systemd.bus() : null;
  }
}
