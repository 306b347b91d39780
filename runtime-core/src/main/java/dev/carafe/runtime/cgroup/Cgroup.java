package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.linux.Processes;
import dev.carafe.runtime.spec.LinuxResources;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A handle on one cgroup, in all hierarchies of the machine. Methods may be called from any thread;
 * update, freeze, thaw, kill and remove of one cgroup by one thread at a time.
 */
public final class Cgroup {
  private static final int SIGKILL = 9;

  private final String path;
  private final CgroupDirs dirs;
  private final boolean owned;
  private final List<String> notEnforced;
  private final Keeper keeper;

  /** Who else knows of a cgroup, and writes to it when it pleases. */
  interface Keeper {
    /** Nobody. */
    Keeper NONE =
        new Keeper() {
          @Override
          public void update(LinuxResources resources) {}

          @Override
          public void remove() {}
        };

    /** The limits are about to be written. */
    void update(LinuxResources resources);

    /** The cgroup is about to be removed; no process is in it that shall live. */
    void remove();
  }

  Cgroup(String path, CgroupDirs dirs, boolean owned, List<String> notEnforced, Keeper keeper) {
    this.keeper = Objects.requireNonNull(keeper, "keeper");
    this.path = Objects.requireNonNull(path, "path");
    this.dirs = Objects.requireNonNull(dirs, "dirs");
    this.owned = owned;
    this.notEnforced = List.copyOf(notEnforced);
  }

  /** The path below the mounts, absolute. */
  public String path() {
    return path;
  }

  /** Whether {@link #remove} removes it: it was made for this handle and not found. */
  public boolean owned() {
    return owned;
  }

  /** Sentences, each naming a limit that was asked for and that nothing enforces here. */
  public List<String> notEnforced() {
    return notEnforced;
  }

  /**
   * The v1 files into which a thread that joins writes {@code 0}; none on cgroup v2, and on a
   * hybrid layout none for the cgroup2 part, which is joined by {@link #cloneInto}.
   *
   * <p>{@code tasks} and not {@code cgroup.procs}: whoever joins has one thread, and a thread that
   * moves itself need not shut out every fork and exit on the machine meanwhile (kernel 5.5,
   * cgroup_procs_write_start).
   */
  public List<Path> joinFiles() {
    return dirs.legacyDirs().stream().map(dir -> dir.resolve("tasks")).toList();
  }

  /** The cgroup2 directory for clone3(CLONE_INTO_CGROUP), or null on pure v1. */
  public @Nullable Path cloneInto() {
    return dirs.unified();
  }

  /**
   * Where all processes can be signalled: the cgroup2 directory, or the freezer directory of pure
   * v1.
   */
  public List<Path> signalDirs() {
    Path unified = dirs.unified();
    if (dirs.all().isEmpty()) {
      return List.of();
    }
    return List.of(unified != null ? unified : dirs.require("freezer", "freezer.state"));
  }

  /**
   * The directory by which {@link #freeze} stops processes, and CRIU has to, or it would wait for
   * those that stand still already; null where there is none.
   */
  public @Nullable Path freezer() {
    return new Freezer(dirs).directory();
  }

  /**
   * The file that counts OOM kills: memory.oom_control of v1, memory.events of v2; null without the
   * memory controller.
   */
  public @Nullable Path oomFile() {
    Path legacy = dirs.legacy().get("memory");
    if (legacy != null) {
      return legacy.resolve("memory.oom_control");
    }
    Path unified = dirs.legacy().isEmpty() ? dirs.unified() : null;
    return unified == null ? null : unified.resolve("memory.events");
  }

  /** All directories of this cgroup, one a hierarchy. */
  public List<Path> directories() {
    return dirs.all();
  }

  /** Whether it exists in every hierarchy. */
  public boolean exists() {
    return dirs.all().stream().allMatch(java.nio.file.Files::isDirectory);
  }

  /**
   * Changes limits; device rules are left as they are. When the kernel refuses one, every file that
   * was written gets its old content back.
   *
   * @return sentences as of {@link #notEnforced}
   * @throws CgroupException naming the file, the value and the error
   */
  public List<String> update(LinuxResources resources) {
    if (dirs.all().isEmpty()) {
      throw CgroupException.invalid("cannot set limits: container could not join or create cgroup");
    }
    keeper.update(resources);
    return apply(dirs, resources, false);
  }

  static List<String> apply(CgroupDirs dirs, LinuxResources resources, boolean withDevices) {
    FileState state = FileState.ofKernel();
    List<Setting> settings = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (Limits limits : compile(dirs, resources, state)) {
      settings.addAll(limits.settings());
      missing.addAll(limits.notEnforced());
    }
    Transaction.run(settings);
    if (withDevices) {
      devices(dirs, resources, missing);
    }
    return missing;
  }

  private static List<Limits> compile(CgroupDirs dirs, LinuxResources resources, FileState state) {
    Path unified = dirs.unified();
    if (unified == null) {
      if (!resources.unified().isEmpty()) {
        throw CgroupException.invalid(
            "invalid configuration: resources.unified "
                + resources.unified().keySet()
                + " needs cgroup v2, and this machine has only v1");
      }
      return List.of(LegacyLimits.compile(resources, dirs, state));
    }
    if (dirs.legacy().isEmpty()) {
      return List.of(UnifiedLimits.compile(resources, unified, state));
    }
    return List.of(
        LegacyLimits.compile(resources, dirs, state),
        UnifiedLimits.compileHybrid(resources, dirs, state));
  }

  private static void devices(CgroupDirs dirs, LinuxResources resources, List<String> missing) {
    Path devices = dirs.legacy().get("devices");
    if (devices != null) {
      DeviceRules.write(devices, resources.devices(), missing);
    } else if (dirs.unified() != null) {
      DeviceRules.attach(dirs.unified(), resources.devices(), missing);
    } else {
      missing.add("device rules: the cgroup controller devices is not mounted");
    }
  }

  /** What the cgroup used until now. */
  public CgroupStats stats() {
    return new StatsReader(dirs).read();
  }

  /** What the kernel counts besides. */
  public RawStats rawStats() {
    return new StatsReader(dirs).raw();
  }

  /** Its huge pages by size; none without the controller. */
  public List<CgroupStats.HugePages> hugePages() {
    return new StatsReader(dirs).hugePages();
  }

  /**
   * Process ids in this cgroup and below it, as seen from the caller's pid namespace, ascending.
   */
  public List<Integer> procs() {
    Set<Integer> found = new TreeSet<>();
    signalDirs().forEach(dir -> found.addAll(Hierarchy.procs(dir)));
    return List.copyOf(found);
  }

  /**
   * Puts a process into it, in every hierarchy.
   *
   * @throws CgroupException when the kernel refuses, or the process is gone
   */
  public void add(int pid) {
    for (Path directory : dirs.all()) {
      Path file = directory.resolve("cgroup.procs");
      if (!Hierarchy.writeIfThere(file, Integer.toString(pid))) {
        throw new CgroupException(
            CgroupException.Kind.KERNEL, "process " + pid + " cannot be put into " + directory);
      }
    }
  }

  /**
   * Kills every process in this cgroup and below it with SIGKILL; returns when all are signalled.
   */
  public void kill() {
    if (dirs.all().isEmpty()) {
      return;
    }
    Path unified = dirs.unified();
    if (unified != null) {
      Hierarchy.writeIfThere(unified.resolve("cgroup.kill"), "1");
      return;
    }
    freeze();
    try {
      procs().forEach(pid -> Processes.signalIfAlive(pid, SIGKILL));
    } finally {
      thaw();
    }
  }

  /** Stops every process in this cgroup and below it; returns when all stand still. */
  public void freeze() {
    if (dirs.all().isEmpty()) {
      throw CgroupException.invalid("cannot toggle freezer: cgroups not configured for container");
    }
    new Freezer(dirs).set(true);
  }

  /** Lets the processes run on; one that is not frozen is left as it is. */
  public void thaw() {
    if (!dirs.all().isEmpty()) {
      new Freezer(dirs).set(false);
    }
  }

  /** Whether the cgroup is told to be frozen; false when it is gone. */
  public boolean frozen() {
    return !dirs.all().isEmpty() && new Freezer(dirs).frozen();
  }

  /**
   * Who joins a frozen cgroup, or one below it, stands still until somebody thaws it.
   *
   * @throws CgroupException when it is frozen; not when it is gone
   */
  public void requireThawed() {
    if (new Freezer(dirs).stands()) {
      throw new CgroupException(
          CgroupException.Kind.BUSY,
          "container's cgroup unexpectedly frozen: " + path + "; thaw it or choose another");
    }
  }

  /**
   * Removes the cgroup and every cgroup that was made inside it, in all hierarchies; nothing when
   * it is gone or not {@link #owned}. Parents stay.
   *
   * @throws CgroupException of kind BUSY when processes remain after two seconds
   */
  public void remove() {
    if (owned) {
      keeper.remove();
      new HashSet<>(dirs.all()).forEach(Hierarchy::remove);
    }
  }
}
