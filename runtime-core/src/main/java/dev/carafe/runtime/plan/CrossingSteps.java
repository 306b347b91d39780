package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.SpecException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.stream.Stream;

/**
 * Read-only binds of a container with a user namespace: put where that namespace's mounts are
 * copied from, for a copy to a less privileged mount namespace keeps its flags for good, and so
 * does what is cloned from it (mount_namespaces(7), locked mounts). Without that the container's
 * root could remount them for writing.
 */
final class CrossingSteps {
  /**
   * Any directory that every host has; it is covered in the launcher's own mount namespace only.
   * Not /proc or /sys: a user namespace may mount these only while it sees the host's in full.
   */
  private static final String PLACE = "/dev";

  private final PlanBuilder plan;
  private final NamespaceSteps namespaces;
  private final List<MountPlan> locked = new ArrayList<>();
  private int place = Op.NONE;

  CrossingSteps(PlanBuilder plan, NamespaceSteps namespaces) {
    this.plan = plan;
    this.namespaces = namespaces;
  }

  /**
   * Whether a mount is to be locked: not what crossing would change, as a shared mount, which
   * becomes a slave, or an unbindable one, which stays behind.
   */
  private boolean takes(MountPlan mount) {
    MountOptions options = mount.options();
    boolean readOnly = ((options.set() | options.deepSet()) & MountAttr.RDONLY) != 0;
    boolean clone = mount.kind() == MountPlan.Kind.BIND || mount.kind() == MountPlan.Kind.FALLBACK;
    Stream<Long> propagations =
        options.propagations().isEmpty()
            ? Stream.of(namespaces.propagation())
            : options.propagations().stream().map(MountOptions.Propagation::type);
    return readOnly
        && clone
        && namespaces.userSlot() != Op.NONE
        && namespaces.isNew(Namespace.Type.MOUNT)
        && propagations.allMatch(
            type -> type == MountAttr.MS_SLAVE || type == MountAttr.MS_PRIVATE);
  }

  /**
   * Takes, of the mounts in these slots, those that are to be locked; before the user namespace is
   * entered.
   */
  void lock(IdentityHashMap<MountPlan, Integer> sources, List<MountPlan> mounts)
      throws SpecException {
    for (MountPlan mount : mounts) {
      Integer slot = sources.get(mount);
      if (slot != null && takes(mount)) {
        begin();
        plan.add(
            new Op.Attach(
                slot,
                place,
                "/" + locked.size(),
                OpFlags.CREATE_AS_SOURCE,
                0755,
                OpFlags.ATTACH_ON_PROCFS));
        plan.close(slot);
        locked.add(mount);
      }
    }
    if (place != Op.NONE) {
      plan.close(place);
    }
  }

  private void begin() throws SpecException {
    if (place != Op.NONE) {
      return;
    }
    place = plan.slot();
    List<Op.Pair> mode = List.of(new Op.Pair("mode", "755"));
    plan.add(new Op.Fsmount(place, "tmpfs", mode, MountAttr.NODEV));
    plan.add(new Op.Attach(place, Op.NONE, PLACE, OpFlags.CREATE_NOTHING, 0, 0));
  }

  /** In the user namespace's mount namespace: the slots of clones of the locked copies. */
  IdentityHashMap<MountPlan, Integer> open() throws SpecException {
    IdentityHashMap<MountPlan, Integer> slots = new IdentityHashMap<>();
    for (int i = 0; i < locked.size(); i++) {
      int slot = plan.slot();
      plan.add(new Op.OpenTree(slot, PLACE + "/" + i, OpFlags.TREE_CLONE | OpFlags.TREE_RECURSIVE));
      slots.put(locked.get(i), slot);
    }
    return slots;
  }
}
