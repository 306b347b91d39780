package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.dbus.Variant;
import dev.carafe.runtime.dbus.VariantText;
import dev.carafe.runtime.spec.LinuxResources;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes cgroups through systemd, which owns the tree where it is process 1: a container is a
 * transient scope in its pod's slice. What systemd has no property for is written to the scope's
 * files, which are delegated. cgroup v2 only.
 */
public final class SystemdCgroupDriver implements CgroupDriver {
  private static final String PREFIX = "carafe";

  private final CgroupLayout layout;
  private final FsCgroupDriver files;
  private final SystemdBus bus;
  private final Map<String, Variant> properties;

  /**
   * A driver.
   *
   * @param layout the machine's
   * @param bus of the systemd that it is to ask
   * @throws CgroupException when the layout is not cgroup v2
   */
  public SystemdCgroupDriver(CgroupLayout layout, SystemdBus bus) {
    this(layout, bus, Map.of());
  }

  private SystemdCgroupDriver(
      CgroupLayout layout, SystemdBus bus, Map<String, Variant> properties) {
    this.layout = Objects.requireNonNull(layout, "layout");
    this.bus = Objects.requireNonNull(bus, "bus");
    this.properties = properties;
    if (!(layout instanceof CgroupLayout.Unified)) {
      throw CgroupException.invalid(
          "the systemd cgroup driver needs cgroup v2, and this machine has v1; choose cgroupfs");
    }
    this.files = new FsCgroupDriver(layout);
  }

  /**
   * The same driver, whose new units have what annotations say: {@code org.systemd.property.NAME},
   * with a value as {@link VariantText} has it.
   *
   * @throws CgroupException for a name or a value that is none
   */
  public SystemdCgroupDriver with(Map<String, String> annotations) {
    return new SystemdCgroupDriver(layout, bus, SystemdProperties.annotated(annotations));
  }

  @Override
  public CgroupLayout layout() {
    return layout;
  }

  /** The systemd that it asks. */
  public SystemdBus bus() {
    return bus;
  }

  /**
   * The path of a container.
   *
   * @param cgroupsPath as {@link SystemdNames#resolve} takes it
   * @param id the container's ID
   */
  public String resolve(@Nullable String cgroupsPath, String id) {
    if (!bus.users()) {
      return SystemdNames.resolve(cgroupsPath, id, "system.slice");
    }
    try (SystemdManager systemd = connect()) {
      return systemd.controlGroup() + SystemdNames.resolve(cgroupsPath, id, "user.slice");
    } catch (IOException e) {
      throw failed("ask the user's systemd on " + bus.socket() + " for its cgroup", e);
    }
  }

  /** A scope starts with its first process; a slice has none of its own. */
  @Override
  public boolean needsHolder(String path) {
    return !SystemdNames.isSlice(path);
  }

  @Override
  public Made create(String path, LinuxResources resources, Holder.Source holders) {
    files.refuseBusy(path);
    String unit = SystemdNames.unit(path);
    Holder holder = needsHolder(path) ? started(unit, holders) : null;
    try (SystemdManager systemd = connect()) {
      systemd.start(unit, unit(path, resources, holder, systemd.version()));
      Cgroup written = files.fill(path, resources);
      return new Made(handle(path, true, written.notEnforced()), holder);
    } catch (IOException | CgroupException e) {
      if (holder != null) {
        holder.close();
      }
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

  private Map<String, Variant> unit(
      String path, LinuxResources resources, @Nullable Holder holder, int version) {
    Map<String, Variant> all = new LinkedHashMap<>();
    all.put("Description", new Variant("s", "Carafe container " + SystemdNames.unit(path)));
    if (holder == null) {
      all.put("Wants", new Variant("as", List.of(SystemdNames.slice(path))));
    } else {
      all.put("Slice", new Variant("s", SystemdNames.slice(path)));
      all.put("PIDs", new Variant("au", List.of(holder.pid())));
      all.put("Delegate", new Variant("b", true));
    }
    for (String flag :
        List.of("CPUAccounting", "MemoryAccounting", "IOAccounting", "TasksAccounting")) {
      all.put(flag, new Variant("b", true));
    }
    all.put("DefaultDependencies", new Variant("b", false));
    all.putAll(SystemdProperties.of(resources, version));
    SystemdProperties.oomPolicy(resources, version).ifPresent(v -> all.put("OOMPolicy", v));
    all.putAll(properties);
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
    return SystemdManager.connect(bus);
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
