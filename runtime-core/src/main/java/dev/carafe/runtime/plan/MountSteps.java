package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * The mounts of a configuration: sources opened on the host, then everything put in its place in
 * the configuration's order.
 */
final class MountSteps {
  /** Of directories that are made to mount something on them. */
  static final long DIRECTORY_MODE = 0755;

  /**
   * Files that lxcfs and its kin put over those of procfs; everything else there is the kernel's
   * (CVE-2019-16884).
   */
  static final Set<String> PROC_FILES =
      Set.of(
          "/proc/cpuinfo",
          "/proc/diskstats",
          "/proc/loadavg",
          "/proc/meminfo",
          "/proc/slabinfo",
          "/proc/stat",
          "/proc/swaps",
          "/proc/uptime",
          "/proc/sys/kernel/ns_last_pid",
          "/proc/sys/crypto/fips_enabled");

  private final PlanBuilder plan;
  private final LaunchContext context;
  private final NamespaceSteps namespaces;
  private final List<MountPlan> mounts;
  private final IdentityHashMap<MountPlan, Integer> sources = new IdentityHashMap<>();
  private final BindSteps binds;
  private final FileSystemSteps fileSystems;
  private final HierarchySteps hierarchies;

  MountSteps(
      PlanBuilder plan, Spec spec, Linux linux, LaunchContext context, NamespaceSteps namespaces)
      throws SpecException {
    this.plan = plan;
    this.context = context;
    this.namespaces = namespaces;
    this.binds = new BindSteps(plan, linux, context, namespaces);
    this.fileSystems = new FileSystemSteps(plan, linux);
    this.hierarchies = new HierarchySteps(plan, context, namespaces, binds, fileSystems);
    this.mounts = MountPlan.read(spec, context, namespaces);
  }

  /** Whether the configuration brings a /dev of its own in which nothing is to be made. */
  boolean bindsDev() {
    return mounts.stream()
        .anyMatch(m -> m.target().equals("/dev") && m.kind() == MountPlan.Kind.BIND);
  }

  /** Whether /dev is a fresh file system: nothing of the image is there. */
  boolean freshDev() {
    return mounts.stream()
        .anyMatch(m -> m.target().equals("/dev") && m.kind() == MountPlan.Kind.FILE_SYSTEM);
  }

  /**
   * Clones the host's trees while the host's mount namespace is there: a later clone would never
   * propagate back.
   */
  void openSources() throws SpecException {
    for (MountPlan mount : mounts) {
      switch (mount.kind()) {
        case BIND, FALLBACK ->
            sources.put(mount, binds.open(mount.source(context), mount.isTree()));
        case HIERARCHIES -> hierarchies.open();
        case FILE_SYSTEM, INSIDE, LAYERS, REMOUNT, EMPTY -> {}
      }
    }
  }

  /**
   * Attributes, id-mapping and propagation of what was cloned: the host's root may do it, the
   * container's may not.
   */
  void prepareSources() throws SpecException {
    for (MountPlan mount : mounts) {
      Integer slot = sources.get(mount);
      if (slot != null) {
        binds.prepare(mount, slot);
      } else if (mount.kind() == MountPlan.Kind.INSIDE && mount.isMapped()) {
        requireHost(mount);
        binds.idmap(mount);
      }
    }
  }

  /** Its source is there only once the container's own root is who mounts. */
  private void requireHost(MountPlan mount) throws SpecException {
    if (namespaces.inUserNamespace()) {
      throw new SpecException(
          mount.field(),
          "an id-mapped mount of what an earlier mount brings into the root: in a user namespace"
              + " nobody may map the ids of the host's file systems; name the source on the host");
    }
  }

  /**
   * Makes the overlays of image volumes, in the launcher's own mount namespace and as the host's
   * root: no user namespace owns their layers.
   */
  void makeLayers() throws SpecException {
    if (!(context.rootfs() instanceof Rootfs.Overlay root)) {
      return;
    }
    for (MountPlan mount : mounts) {
      if (mount.kind() == MountPlan.Kind.LAYERS) {
        int slot = plan.slot();
        List<Op.Pair> options = fileSystems.labelled("overlay", new ArrayList<>());
        plan.add(
            new Op.Overlay(
                slot, mount.layers(), "", "", namespaces.userSlot(), options, root.scratch()));
        plan.add(
            new Op.Setattr(slot, mount.options().set() | MountAttr.RDONLY, 0, 0, Op.NONE, false));
        sources.put(mount, slot);
      }
    }
  }

  /** Locks what the root of a user namespace must not make writable. */
  void lock(CrossingSteps crossing) throws SpecException {
    crossing.lock(sources, mounts);
  }

  /** In the user namespace's mount namespace: its copies of what was locked. */
  void openLocked(CrossingSteps crossing) throws SpecException {
    sources.putAll(crossing.open());
  }

  /**
   * Puts everything in its place, in the configuration's order; in the container's init, for a file
   * system that shows a namespace shows that of who mounts it.
   */
  void attach(int root) throws SpecException {
    for (MountPlan mount : mounts) {
      Integer source =
          mount.kind() == MountPlan.Kind.INSIDE
              ? Integer.valueOf(binds.openInside(root, mount))
              : sources.get(mount);
      if (source != null) {
        boolean onProc = PROC_FILES.contains(mount.target()) || mount.target().equals("/proc");
        long flags = onProc ? OpFlags.ATTACH_ON_PROCFS : 0;
        plan.add(
            new Op.Attach(
                source, root, mount.target(), OpFlags.CREATE_AS_SOURCE, DIRECTORY_MODE, flags));
        plan.close(source);
      } else {
        make(root, mount);
      }
    }
    binds.closeMaps();
  }

  private void make(int root, MountPlan mount) throws SpecException {
    switch (mount.kind()) {
      case HIERARCHIES -> hierarchies.attach(root, mount);
      case EMPTY -> fileSystems.empty(root, mount);
      case REMOUNT -> fileSystems.remount(root, mount);
      case FILE_SYSTEM, BIND, FALLBACK, INSIDE, LAYERS -> fileSystems.attach(root, mount);
    }
  }

  /** Read-only tmpfs become so only now: what is mounted in them had to be made. */
  void finish() {
    fileSystems.finish();
  }
}
