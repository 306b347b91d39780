package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The mounts of a configuration: sources opened on the host, then everything put in its place in
 * the configuration's order.
 */
final class MountSteps {
  private static final long DIRECTORY_MODE = 0755;

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

  /**
   * File systems whose superblock is shared with others, or is the container's own in any case:
   * read-only is the mount's attribute only.
   */
  private static final Set<String> VIRTUAL =
      Set.of("tmpfs", "proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts", "devtmpfs");

  /**
   * The kernel labels these itself; an mqueue's superblock is its IPC namespace's, made without a
   * label before anybody mounts it, and another one is EINVAL.
   */
  private static final Set<String> UNLABELLED =
      Set.of("proc", "sysfs", "cgroup", "cgroup2", "mqueue");

  private final PlanBuilder plan;
  private final LaunchContext context;
  private final NamespaceSteps namespaces;
  private final Linux linux;
  private final List<MountPlan> mounts;
  private final IdentityHashMap<MountPlan, Integer> sources = new IdentityHashMap<>();
  private final IdentityHashMap<CgroupHierarchy, Integer> hierarchySources =
      new IdentityHashMap<>();
  private final Map<List<List<IdMapping>>, Integer> idmaps = new HashMap<>();
  private final List<Integer> readOnlyLater = new ArrayList<>();

  MountSteps(
      PlanBuilder plan, Spec spec, Linux linux, LaunchContext context, NamespaceSteps namespaces)
      throws SpecException {
    this.plan = plan;
    this.context = context;
    this.namespaces = namespaces;
    this.linux = linux;
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
        case BIND, FALLBACK -> sources.put(mount, openTree(mount.source(context), mount.isTree()));
        case HIERARCHIES -> openHierarchies();
        case FILE_SYSTEM, INSIDE, LAYERS, REMOUNT, EMPTY -> {}
      }
    }
  }

  private int openTree(String path, boolean recursive) throws SpecException {
    int slot = plan.slot();
    long flags = OpFlags.TREE_CLONE | (recursive ? OpFlags.TREE_RECURSIVE : 0);
    plan.add(new Op.OpenTree(slot, path, flags));
    return slot;
  }

  private void openHierarchies() throws SpecException {
    if (namespaces.has(Namespace.Type.CGROUP)) {
      return;
    }
    for (CgroupHierarchy hierarchy : context.hierarchies()) {
      hierarchySources.put(hierarchy, openTree(hierarchy.directory(), false));
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
        prepare(mount, slot);
      } else if (mount.kind() == MountPlan.Kind.INSIDE && mount.isMapped()) {
        idmap(mount);
      }
    }
  }

  private void prepare(MountPlan mount, int slot) throws SpecException {
    MountOptions options = mount.options();
    boolean fallback = mount.kind() == MountPlan.Kind.FALLBACK;
    if (options.changesTree()) {
      attributes(slot, options.deepSet(), options.deepClear(), true);
    }
    if (options.changesTop()) {
      if (fallback) {
        attributes(slot, options.set(), options.clear(), true);
      } else {
        bindAttributes(slot, options);
      }
    }
    if (mount.isMapped()) {
      plan.add(new Op.Setattr(slot, MountAttr.IDMAP, 0, 0, idmap(mount), options.deepIdmap()));
    }
    if (options.propagations().isEmpty() && !isShared()) {
      propagation(slot, namespaces.propagation(), true);
    }
    for (MountOptions.Propagation propagation : options.propagations()) {
      propagation(slot, propagation.type(), propagation.recursive());
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
        List<Op.Pair> options = labelled("overlay", new ArrayList<>());
        plan.add(
            new Op.Overlay(
                slot, mount.layers(), "", "", namespaces.userSlot(), options, root.scratch()));
        attributes(slot, mount.options().set() | MountAttr.RDONLY, 0, false);
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
   * As runc has it: once an option is given, what is not given is cleared. Where a user namespace
   * is, nothing is cleared that it could not clear itself: what it locks is kept, and refused when
   * it was named.
   */
  private void bindAttributes(int slot, MountOptions options) {
    boolean inUser = namespaces.userSlot() != Op.NONE;
    long atime = MountAttr.ATIME_MASK | MountAttr.NODIRATIME;
    long named =
        options.changesAtime() ? options.clear() | atime : options.clear() & ~MountAttr.NODIRATIME;
    if (inUser) {
      plan.add(new Op.Locked(slot, options.set(), named));
    }
    long unlocked = inUser ? MountAttr.NOSYMFOLLOW : MountAttr.FLAGS;
    attributes(slot, options.set(), named | unlocked, false);
  }

  private boolean isShared() {
    return namespaces.propagation() == MountAttr.MS_SHARED;
  }

  private void attributes(int slot, long set, long clear, boolean recursive) {
    long cleared = clear & ~(set & ~MountAttr.ATIME_MASK);
    plan.add(new Op.Setattr(slot, set, cleared, 0, Op.NONE, recursive));
  }

  private void propagation(int slot, long type, boolean recursive) {
    plan.add(new Op.Setattr(slot, 0, 0, type, Op.NONE, recursive));
  }

  private int idmap(MountPlan mount) throws SpecException {
    List<IdMapping> uids = mount.mount().uidMappings();
    List<IdMapping> gids = mount.mount().gidMappings();
    boolean containers =
        uids.isEmpty() || (uids.equals(linux.uidMappings()) && gids.equals(linux.gidMappings()));
    if (containers && namespaces.userSlot() != Op.NONE) {
      return namespaces.userSlot();
    }
    if (uids.isEmpty()) {
      throw new SpecException(
          mount.field(),
          "id-mapped mount without mappings: give uidMappings and gidMappings, or the container a"
              + " user namespace");
    }
    Integer known = idmaps.get(List.of(uids, gids));
    if (known != null) {
      return known;
    }
    int slot = plan.slot();
    plan.add(new Op.UsernsCreate(slot, uids, gids, false));
    idmaps.put(List.of(uids, gids), slot);
    return slot;
  }

  /**
   * Puts everything in its place, in the configuration's order; in the container's init, for a file
   * system that shows a namespace shows that of who mounts it.
   */
  void attach(int root) throws SpecException {
    for (MountPlan mount : mounts) {
      Integer source =
          mount.kind() == MountPlan.Kind.INSIDE ? openInside(root, mount) : sources.get(mount);
      if (source != null) {
        boolean onProc = PROC_FILES.contains(mount.target()) || mount.target().equals("/proc");
        long flags = onProc ? OpFlags.ATTACH_ON_PROCFS : 0;
        place(root, source, mount.target(), OpFlags.CREATE_AS_SOURCE, flags);
        plan.close(source);
      } else if (mount.kind() == MountPlan.Kind.HIERARCHIES) {
        hierarchies(root, mount);
      } else if (mount.kind() == MountPlan.Kind.EMPTY) {
        empty(root, mount);
      } else if (mount.kind() == MountPlan.Kind.REMOUNT) {
        remount(root, mount);
      } else {
        fileSystem(root, mount);
      }
    }
    for (int slot : idmaps.values()) {
      plan.close(slot);
    }
  }

  private Integer openInside(int root, MountPlan mount) throws SpecException {
    int slot = plan.slot();
    long flags = mount.isTree() ? OpFlags.TREE_RECURSIVE : 0;
    plan.add(new Op.TreeInside(slot, root, mount.insidePath(context), flags));
    prepare(mount, slot);
    return slot;
  }

  private void empty(int root, MountPlan mount) throws SpecException {
    int slot = plan.slot();
    long attributes = MountAttr.RDONLY | MountAttr.NOSUID | MountAttr.NODEV | MountAttr.NOEXEC;
    List<Op.Pair> options = List.of(new Op.Pair("source", "tmpfs"), new Op.Pair("mode", "555"));
    plan.add(new Op.Fsmount(slot, "tmpfs", options, attributes));
    place(root, slot, mount.target(), OpFlags.CREATE_DIRECTORY, OpFlags.ATTACH_REAL_DIRECTORY);
    plan.close(slot);
  }

  private void place(int root, int slot, String target, int create, long flags) {
    plan.add(new Op.Attach(slot, root, target, create, DIRECTORY_MODE, flags));
  }

  private void fileSystem(int root, MountPlan mount) throws SpecException {
    String type =
        "cgroup".equals(mount.mount().type()) ? "cgroup2" : String.valueOf(mount.mount().type());
    MountOptions options = mount.options();
    boolean later = type.equals("tmpfs") && (options.set() & MountAttr.RDONLY) != 0;
    long attributes = later ? options.set() & ~MountAttr.RDONLY : options.set();
    int slot = plan.slot();
    plan.add(new Op.Fsmount(slot, type, superblock(type, mount), attributes | options.deepSet()));
    for (MountOptions.Propagation propagation : options.propagations()) {
      propagation(slot, propagation.type(), propagation.recursive());
    }
    if (type.equals("tmpfs")
        && !options.copyUp()
        && options.data().stream().noneMatch(option -> option.startsWith("mode="))) {
      plan.add(new Op.ModeOf(slot, root, mount.target()));
    }
    if (options.copyUp()) {
      plan.add(new Op.CopyUp(slot, root, mount.target()));
    }
    boolean kernels = type.equals("proc") || type.equals("sysfs");
    place(
        root,
        slot,
        mount.target(),
        OpFlags.CREATE_DIRECTORY,
        kernels ? OpFlags.ATTACH_REAL_DIRECTORY : 0);
    if (later) {
      readOnlyLater.add(slot);
    } else {
      plan.close(slot);
    }
  }

  /**
   * With bind it is the mount that changes, else its file system as well (mount(2), MS_REMOUNT).
   */
  private void remount(int root, MountPlan mount) {
    MountOptions options = mount.options();
    List<Op.Pair> data = new ArrayList<>();
    if (!options.bind()) {
      options.superFlags().forEach(flag -> data.add(new Op.Pair(flag, "")));
      data.add(new Op.Pair((options.set() & MountAttr.RDONLY) != 0 ? "ro" : "rw", ""));
      options.data().forEach(option -> data.add(Op.Pair.of(option)));
    }
    long clear = options.clear() & ~(options.set() & ~MountAttr.ATIME_MASK);
    plan.add(new Op.Remount(root, mount.target(), options.set(), clear, !options.bind(), data));
  }

  private List<Op.Pair> superblock(String type, MountPlan mount) {
    List<Op.Pair> pairs = new ArrayList<>();
    String source = mount.mount().source();
    pairs.add(new Op.Pair("source", source == null ? type : source));
    mount.options().superFlags().forEach(flag -> pairs.add(new Op.Pair(flag, "")));
    if (!VIRTUAL.contains(type) && (mount.options().set() & MountAttr.RDONLY) != 0) {
      pairs.add(new Op.Pair("ro", ""));
    }
    for (String option : mount.options().data()) {
      pairs.add(Op.Pair.of(option));
    }
    return labelled(type, pairs);
  }

  private List<Op.Pair> labelled(String type, List<Op.Pair> pairs) {
    if (linux.mountLabel() != null && !UNLABELLED.contains(type)) {
      pairs.add(new Op.Pair("context", linux.mountLabel()));
    }
    return pairs;
  }

  /**
   * cgroup v1 as containers know it: a tmpfs, a mount for each hierarchy, links for controllers
   * that share one.
   */
  private void hierarchies(int root, MountPlan mount) throws SpecException {
    long attributes = mount.options().set() | MountAttr.NOSUID | MountAttr.NODEV | MountAttr.NOEXEC;
    int base = plan.slot();
    List<Op.Pair> mode = List.of(new Op.Pair("source", "tmpfs"), new Op.Pair("mode", "755"));
    plan.add(new Op.Fsmount(base, "tmpfs", mode, attributes & ~MountAttr.RDONLY));
    place(root, base, mount.target(), OpFlags.CREATE_DIRECTORY, OpFlags.ATTACH_REAL_DIRECTORY);
    for (CgroupHierarchy hierarchy : context.hierarchies()) {
      int slot = hierarchy(hierarchy, attributes);
      place(root, slot, mount.target() + "/" + hierarchy.name(), OpFlags.CREATE_DIRECTORY, 0);
      plan.close(slot);
      if (hierarchy.name().indexOf(',') >= 0) {
        for (String controller : hierarchy.name().split(",", -1)) {
          plan.add(new Op.Symlink(root, mount.target() + "/" + controller, hierarchy.name()));
        }
      }
    }
    if ((attributes & MountAttr.RDONLY) != 0) {
      readOnlyLater.add(base);
    } else {
      plan.close(base);
    }
  }

  private int hierarchy(CgroupHierarchy hierarchy, long attributes) throws SpecException {
    Integer source = hierarchySources.get(hierarchy);
    if (source != null) {
      plan.add(new Op.Setattr(source, attributes, 0, MountAttr.MS_PRIVATE, Op.NONE, false));
      return source;
    }
    List<Op.Pair> options = new ArrayList<>(List.of(new Op.Pair("source", "cgroup")));
    for (String option : hierarchy.options()) {
      options.add(Op.Pair.of(option));
    }
    int slot = plan.slot();
    plan.add(new Op.Fsmount(slot, "cgroup", options, attributes));
    return slot;
  }

  /** Read-only tmpfs become so only now: what is mounted in them had to be made. */
  void finish() {
    for (int slot : readOnlyLater) {
      plan.add(new Op.Setattr(slot, MountAttr.RDONLY, 0, 0, Op.NONE, false));
      plan.close(slot);
    }
  }
}
