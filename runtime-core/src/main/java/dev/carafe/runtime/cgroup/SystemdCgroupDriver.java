package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.dbus.Variant;
import dev.carafe.runtime.spec.LinuxResources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Makes cgroups through systemd, which owns the tree where it is process 1: a container is a
 * transient scope in its pod's slice. What systemd has no property for is written to the scope's
 * files, which are delegated. cgroup v2 only.
 */
public final class SystemdCgroupDriver implements CgroupDriver {
  /** Where the system's bus listens. */
  public static final Path SYSTEM_BUS = Path.of("/run/dbus/system_bus_socket");

  private static final String PREFIX = "carafe";

  private final CgroupLayout layout;
  private final FsCgroupDriver files;
  private final Path bus;
  private final long uid;

  /**
   * A driver.
   *
   * @param layout the machine's
   * @param bus the socket of the bus that systemd is on
   * @param uid this process's user, by which the bus knows it
   * @throws CgroupException when the layout is not cgroup v2
   */
  public SystemdCgroupDriver(CgroupLayout layout, Path bus, long uid) {
    this.layout = Objects.requireNonNull(layout, "layout");
    this.bus = Objects.requireNonNull(bus, "bus");
    this.uid = uid;
    if (!(layout instanceof CgroupLayout.Unified)) {
      throw CgroupException.invalid(
          "the systemd cgroup driver needs cgroup v2, and this machine has v1; choose cgroupfs");
    }
    this.files = new FsCgroupDriver(layout);
  }

  @Override
  public CgroupLayout layout() {
    return layout;
  }

  @Override
  public Made create(String path, LinuxResources resources, Holder.Source holders) {
    files.refuseBusy(path);
    String unit = SystemdNames.unit(path);
    Holder holder = started(unit, holders);
    try (SystemdManager systemd = connect()) {
      systemd.start(unit, scope(path, resources, holder, systemd.version()));
      Cgroup written = files.fill(path, resources);
      return new Made(handle(path, true, written.notEnforced()), holder);
    } catch (IOException | CgroupException e) {
      holder.close();
      stopQuietly(unit, e);
      throw failed("start the systemd unit " + unit, e);
    }
  }

  private static Holder started(String unit, Holder.Source holders) {
    try {
      return holders.start();
    } catch (IOException e) {
      throw failed("start a process to hold the systemd unit " + unit, e);
    }
  }

  private static Map<String, Variant> scope(
      String path, LinuxResources resources, Holder holder, int version) {
    Map<String, Variant> all = new LinkedHashMap<>();
    all.put("Description", new Variant("s", "Carafe container " + SystemdNames.unit(path)));
    all.put("Slice", new Variant("s", SystemdNames.slice(path)));
    all.put("PIDs", new Variant("au", List.of(holder.pid())));
    for (String flag :
        List.of(
            "Delegate", "CPUAccounting", "MemoryAccounting", "IOAccounting", "TasksAccounting")) {
      all.put(flag, new Variant("b", true));
    }
    all.put("DefaultDependencies", new Variant("b", false));
    all.putAll(SystemdProperties.of(resources, version));
    return all;
  }

  @Override
  public Cgroup open(String path, boolean owned) {
    return handle(path, owned, List.of());
  }

  private Cgroup handle(String path, boolean owned, List<String> notEnforced) {
    // One that the other driver made is no unit.
    boolean unit = path.endsWith(".scope") || path.endsWith(".slice");
    Cgroup.Keeper keeper = unit ? new Unit(path) : Cgroup.Keeper.NONE;
    return new Cgroup(path, layout.dirs(path), owned, notEnforced, keeper);
  }

  @Override
  public String child(String parent, String name) {
    return SystemdNames.below(parent, SystemdNames.scope(PREFIX, name));
  }

  /** The kubelet gives a slice's name, or its whole path; both end in the name. */
  @Override
  public String parent(String given) {
    return SystemdNames.slicePath(SystemdNames.unit(given));
  }

  @Override
  public String ownParent(String parent, String podId) {
    String name = SystemdNames.unit(parent);
    String stem = name.endsWith(".slice") ? name.substring(0, name.length() - 6) : name;
    return SystemdNames.slicePath(stem + "-" + podId + ".slice");
  }

  private SystemdManager connect() throws IOException {
    return SystemdManager.connect(bus, uid);
  }

  private void stopQuietly(String unit, Exception reason) {
    try (SystemdManager systemd = connect()) {
      systemd.stop(unit);
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  private static CgroupException failed(String what, Exception e) {
    return e instanceof CgroupException known
        ? known
        : new CgroupException(
            CgroupException.Kind.KERNEL, "cannot " + what + ": " + e.getMessage(), e);
  }

  /** A cgroup's unit. */
  private final class Unit implements Cgroup.Keeper {
    private final String name;

    private Unit(String path) {
      this.name = SystemdNames.unit(path);
    }

    @Override
    public void update(LinuxResources resources) {
      try (SystemdManager systemd = connect()) {
        Map<String, Variant> properties = SystemdProperties.of(resources, systemd.version());
        if (!properties.isEmpty()) {
          systemd.set(name, properties);
        }
      } catch (IOException e) {
        throw failed("change the systemd unit " + name, e);
      }
    }

    @Override
    public void remove() {
      try (SystemdManager systemd = connect()) {
        systemd.stop(name);
      } catch (IOException e) {
        throw failed("stop the systemd unit " + name, e);
      }
    }
  }
}
