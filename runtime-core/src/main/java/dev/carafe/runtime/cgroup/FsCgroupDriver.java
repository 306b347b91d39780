package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.spec.LinuxResources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Makes and opens cgroups by the file system alone (the "cgroupfs" driver). Immutable; different
 * cgroups may be worked on at the same time, one cgroup by one thread at a time.
 */
public final class FsCgroupDriver implements CgroupDriver {
  /** Makes nothing, and opens what no process is in: for who may not make a cgroup. */
  public static final FsCgroupDriver NONE = new FsCgroupDriver(new CgroupLayout.Legacy(Map.of()));

  private final CgroupLayout layout;

  /** A driver for the hierarchies of a layout. */
  public FsCgroupDriver(CgroupLayout layout) {
    this.layout = Objects.requireNonNull(layout, "layout");
  }

  @Override
  public CgroupLayout layout() {
    return layout;
  }

  /**
   * Makes a cgroup with its limits. Parents are made when missing, and stay. A cgroup that exists
   * is taken as it is when it has no processes, and is then not owned.
   *
   * @param path from {@link CgroupPaths#resolve}
   * @param resources limits and device rules; a device that no rule allows is refused
   * @throws CgroupException when it exists with processes (BUSY), or a limit is invalid or refused;
   *     what was made is removed then
   */
  public Cgroup create(String path, LinuxResources resources) {
    refuseBusy(path);
    return fill(path, resources);
  }

  @Override
  public Made create(String path, LinuxResources resources, Holder.Source holders) {
    return new Made(create(path, resources), null);
  }

  @Override
  public boolean needsHolder(String path) {
    return false;
  }

  /**
   * Whether this process may write where a cgroup is to be made, in all hierarchies.
   *
   * @param path from {@link CgroupPaths#resolve}
   */
  public boolean mayMake(String path) {
    return layout.dirs(path).all().stream().allMatch(FsCgroupDriver::isWritable);
  }

  private static boolean isWritable(Path dir) {
    Path there = dir;
    while (there != null && !Files.exists(there)) {
      there = there.getParent();
    }
    return there != null && Files.isWritable(there);
  }

  /** A cgroup with processes is somebody else's. */
  void refuseBusy(String path) {
    Set<Integer> procs = new HashSet<>();
    layout.dirs(path).all().forEach(dir -> procs.addAll(Hierarchy.procs(dir)));
    if (!procs.isEmpty()) {
      throw new CgroupException(
          CgroupException.Kind.BUSY,
          "container's cgroup is not empty: " + path + " has the processes " + procs);
    }
  }

  /** Makes what is missing of a cgroup, and writes its limits. */
  Cgroup fill(String path, LinuxResources resources) {
    CgroupDirs dirs = layout.dirs(path);
    List<Path> made = new CgroupMaker(layout).make(path, neededControllers(resources));
    try {
      open(path, false).requireThawed();
      List<String> notEnforced = Cgroup.apply(dirs, resources, true);
      return new Cgroup(path, dirs, !made.isEmpty(), notEnforced, Cgroup.Keeper.NONE);
    } catch (CgroupException e) {
      made.forEach(Hierarchy::remove);
      throw e;
    }
  }

  @Override
  public Cgroup open(String path, boolean owned) {
    return new Cgroup(path, layout.dirs(path), owned, List.of(), Cgroup.Keeper.NONE);
  }

  @Override
  public String child(String parent, String name) {
    return parent + "/" + name;
  }

  @Override
  public String parent(String given) {
    return given;
  }

  @Override
  public String ownParent(String parent, String podId) {
    return parent + "/" + podId;
  }

  /** The cgroup v2 names of the controllers that these limits are files of. */
  public static Set<String> neededControllers(LinuxResources resources) {
    Set<String> needed = new HashSet<>();
    if (resources.memory() != null) {
      needed.add("memory");
    }
    LinuxResources.Cpu cpu = resources.cpu();
    if (cpu != null && (cpu.cpus() != null || cpu.mems() != null)) {
      needed.add("cpuset");
    }
    if (cpu != null && (cpu.shares() != null || cpu.quota() != null || cpu.idle() != null)) {
      needed.add("cpu");
    }
    if (resources.pids() != null) {
      needed.add("pids");
    }
    if (resources.blockIO() != null) {
      needed.add("io");
    }
    if (!resources.hugepageLimits().isEmpty()) {
      needed.add("hugetlb");
    }
    if (!resources.rdma().isEmpty()) {
      needed.add("rdma");
    }
    return needed;
  }
}
