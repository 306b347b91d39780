package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.SpecException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/** The mounts of cgroup v1's hierarchies. */
final class HierarchySteps {
  private final PlanBuilder plan;
  private final LaunchContext context;
  private final NamespaceSteps namespaces;
  private final BindSteps binds;
  private final FileSystemSteps fileSystems;
  private final IdentityHashMap<CgroupHierarchy, Integer> sources = new IdentityHashMap<>();

  HierarchySteps(
      PlanBuilder plan,
      LaunchContext context,
      NamespaceSteps namespaces,
      BindSteps binds,
      FileSystemSteps fileSystems) {
    this.plan = plan;
    this.context = context;
    this.namespaces = namespaces;
    this.binds = binds;
    this.fileSystems = fileSystems;
  }

  /** Clones the container's directories of the host's, where it has no cgroup namespace. */
  void open() throws SpecException {
    if (namespaces.has(Namespace.Type.CGROUP)) {
      return;
    }
    for (CgroupHierarchy hierarchy : context.hierarchies()) {
      sources.put(hierarchy, binds.open(hierarchy.directory(), false));
    }
  }

  /**
   * cgroup v1 as containers know it: a tmpfs, a mount for each hierarchy, links for controllers
   * that share one.
   */
  void attach(int root, MountPlan mount) throws SpecException {
    long attributes = mount.options().set() | MountAttr.NOSUID | MountAttr.NODEV | MountAttr.NOEXEC;
    int base = plan.slot();
    List<Op.Pair> mode = List.of(new Op.Pair("source", "tmpfs"), new Op.Pair("mode", "755"));
    plan.add(new Op.Fsmount(base, "tmpfs", mode, attributes & ~MountAttr.RDONLY));
    fileSystems.place(root, base, mount.target(), OpFlags.ATTACH_REAL_DIRECTORY);
    for (CgroupHierarchy hierarchy : context.hierarchies()) {
      int slot = hierarchy(hierarchy, attributes);
      fileSystems.place(root, slot, mount.target() + "/" + hierarchy.name(), 0);
      plan.close(slot);
      if (hierarchy.name().indexOf(',') >= 0) {
        for (String controller : hierarchy.name().split(",", -1)) {
          plan.add(new Op.Symlink(root, mount.target() + "/" + controller, hierarchy.name()));
        }
      }
    }
    fileSystems.close(base, (attributes & MountAttr.RDONLY) != 0);
  }

  private int hierarchy(CgroupHierarchy hierarchy, long attributes) throws SpecException {
    Integer source = sources.get(hierarchy);
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
}
