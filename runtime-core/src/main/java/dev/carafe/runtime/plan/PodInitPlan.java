package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.SpecException;
import dev.carafe.runtime.spec.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compiles the plan of a pod's init: the process that holds a pid namespace shared by the pod's
 * containers and reaps their orphans. Containers see it as process 1, so nothing of the host may be
 * found through it: before it enters the pid namespace it stands in an empty read-only tmpfs and in
 * the pod's own namespaces; it has no capability and no descriptor.
 */
public final class PodInitPlan {
  /** Neither root (whose signals a container's root could send) nor anybody's files. */
  private static final User USER = new User(65_535, 65_535, null, List.of());

  /** As the kubelet has its sandboxes: last to be killed but for the node's own services. */
  private static final int OOM_SCORE_ADJ = -998;

  private static final List<Namespace.Type> JOINED =
      List.of(Namespace.Type.NETWORK, Namespace.Type.IPC, Namespace.Type.UTS);

  private PodInitPlan() {}

  /**
   * The plan of a pod's init.
   *
   * @param pins the pod's namespaces, as in {@link PodContext}
   * @param uidMappings user ids of the pod's user namespace; empty without one
   * @param placement a cgroup leaf of its own
   * @param ownCapabilities the agent's bounding set, as in {@link LaunchContext}
   * @param mountLabel SELinux label of its empty root, as in {@link PodContext}
   */
  public static Plan compile(
      Map<Namespace.Type, String> pins,
      List<IdMapping> uidMappings,
      Placement placement,
      long ownCapabilities,
      @Nullable String mountLabel)
      throws SpecException {
    PlanBuilder plan = new PlanBuilder();
    boolean inUser = pins.containsKey(Namespace.Type.USER);
    ProcessSteps steps =
        new ProcessSteps(
            plan, process(), uidMappings, inUser, ownCapabilities, new Privilege.Host());

    ProcessSteps.place(plan, placement);
    steps.early(ProcessSteps.ALL_CPUS);
    Map<Namespace.Type, Integer> slots = open(plan, pins);
    emptyRoot(plan, mountLabel);
    enter(plan, slots);
    plan.add(new Op.ForkInit(Namespace.Type.PID.cloneFlag()));
    plan.add(new Op.Session());
    steps.late(Blob.EMPTY, Op.UNCHANGED);
    steps.confine(null);
    plan.add(new Op.Reap());
    return plan.build();
  }

  private static Process process() {
    return new Process(
        false,
        null,
        USER,
        List.of(),
        List.of(),
        "/",
        null,
        List.of(),
        true,
        null,
        OOM_SCORE_ADJ,
        null,
        null,
        null,
        null);
  }

  private static Map<Namespace.Type, Integer> open(
      PlanBuilder plan, Map<Namespace.Type, String> pins) throws SpecException {
    Map<Namespace.Type, Integer> slots = new TreeMap<>();
    for (Map.Entry<Namespace.Type, String> pin : new TreeMap<>(pins).entrySet()) {
      int slot = plan.slot();
      plan.add(new Op.NsOpen(slot, pin.getValue()));
      slots.put(pin.getKey(), slot);
    }
    return slots;
  }

  private static void emptyRoot(PlanBuilder plan, @Nullable String mountLabel)
      throws SpecException {
    plan.add(new Op.NsUnshare(Namespace.Type.MOUNT.cloneFlag()));
    plan.add(new Op.Propagation(MountAttr.MS_PRIVATE, true));
    int root = plan.slot();
    long attributes = MountAttr.RDONLY | MountAttr.NOSUID | MountAttr.NODEV | MountAttr.NOEXEC;
    List<Op.Pair> options = new ArrayList<>();
    options.add(new Op.Pair("source", "tmpfs"));
    options.add(new Op.Pair("mode", "555"));
    options.add(new Op.Pair("size", "4k"));
    if (mountLabel != null) {
      options.add(new Op.Pair("context", mountLabel));
    }
    plan.add(new Op.Fsmount(root, "tmpfs", options, attributes));
    plan.add(new Op.Attach(root, Op.NONE, "/", OpFlags.CREATE_NOTHING, 0, 0));
    plan.add(new Op.Pivot(root));
    plan.close(root);
  }

  private static void enter(PlanBuilder plan, Map<Namespace.Type, Integer> slots) {
    Integer user = slots.get(Namespace.Type.USER);
    if (user != null) {
      plan.add(new Op.UsernsEnter(user));
      plan.close(user);
    }
    for (Namespace.Type type : JOINED) {
      Integer slot = slots.get(type);
      if (slot != null) {
        plan.add(new Op.NsJoin(slot, type.cloneFlag()));
        plan.close(slot);
      }
    }
    plan.add(new Op.NsUnshare(Namespace.Type.CGROUP.cloneFlag()));
  }
}
