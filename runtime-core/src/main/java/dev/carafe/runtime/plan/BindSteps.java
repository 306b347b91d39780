package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.SpecException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sources of bind mounts: trees that are cloned, and made as their mounts want them before they are
 * put in place.
 */
final class BindSteps {
  /** What a user namespace locks, of what a mount's options can take away. */
  private static final long LOCKABLE =
      (MountAttr.FLAGS & ~MountAttr.NOSYMFOLLOW) | MountAttr.ATIME_MASK;

  private final PlanBuilder plan;
  private final LaunchContext context;
  private final NamespaceSteps namespaces;
  private final Linux linux;
  private final Map<List<List<IdMapping>>, Integer> idmaps = new HashMap<>();

  BindSteps(PlanBuilder plan, Linux linux, LaunchContext context, NamespaceSteps namespaces) {
    this.plan = plan;
    this.linux = linux;
    this.context = context;
    this.namespaces = namespaces;
  }

  /** Clones a tree of the host. */
  int open(String path, boolean recursive) throws SpecException {
    int slot = plan.slot();
    long flags = OpFlags.TREE_CLONE | (recursive ? OpFlags.TREE_RECURSIVE : 0);
    plan.add(new Op.OpenTree(slot, path, flags));
    return slot;
  }

  /** Clones a tree that an earlier mount brought into the root. */
  int openInside(int root, MountPlan mount) throws SpecException {
    int slot = plan.slot();
    long flags = mount.isTree() ? OpFlags.TREE_RECURSIVE : 0;
    plan.add(new Op.TreeInside(slot, root, mount.insidePath(context), flags));
    prepare(mount, slot);
    return slot;
  }

  /** Attributes, id-mapping and propagation of a tree. */
  void prepare(MountPlan mount, int slot) throws SpecException {
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
   * As runc has it: once an option is given, what is not given is cleared. Where a user namespace
   * is, nothing is cleared that it could not clear itself: what it locks is kept, and refused when
   * it was named.
   */
  private void bindAttributes(int slot, MountOptions options) {
    boolean inUser = namespaces.userSlot() != Op.NONE;
    long atime = MountAttr.ATIME_MASK | MountAttr.NODIRATIME;
    long named =
        options.changesAtime() ? options.clear() | atime : options.clear() & ~MountAttr.NODIRATIME;
    // Older shims do not know the operation: it is there only where it can fail.
    if (inUser && (named & ~options.set() & LOCKABLE) != 0) {
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

  /** The user namespace with a mount's id maps; one for all mounts that have the same. */
  int idmap(MountPlan mount) throws SpecException {
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

  /** Nothing is mapped any more. */
  void closeMaps() {
    for (int slot : idmaps.values()) {
      plan.close(slot);
    }
  }
}
