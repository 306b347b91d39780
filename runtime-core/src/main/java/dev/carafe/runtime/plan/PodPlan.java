package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.SpecException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Compiles the plan that makes a pod's namespaces and its /dev/shm, and ends: they live on in their
 * pins, without a process.
 */
public final class PodPlan {
  private PodPlan() {}

  /**
   * The plan of a pod.
   *
   * @throws SpecException when it needs more than a plan can hold
   */
  public static Plan compile(PodContext pod) throws SpecException {
    PlanBuilder plan = new PlanBuilder();
    int user = Op.NONE;
    if (!pod.uidMappings().isEmpty()) {
      user = plan.slot();
      plan.add(new Op.UsernsCreate(user, pod.uidMappings(), pod.gidMappings(), false));
    }
    namespaces(plan, pod, user);
    if (pod.shm() != null) {
      shm(plan, pod, pod.shm());
    }
    plan.add(new Op.Exit());
    return plan.build();
  }

  private static void namespaces(PlanBuilder plan, PodContext pod, int user) throws SpecException {
    long types = 0;
    List<Op.NsSlot> slots = new ArrayList<>();
    List<Op.NsPin> pins = new ArrayList<>();
    for (Map.Entry<Namespace.Type, String> pin : pod.pins().entrySet()) {
      if (pin.getKey() == Namespace.Type.USER) {
        pins.add(new Op.NsPin(user, pin.getValue()));
      } else {
        int slot = plan.slot();
        types |= pin.getKey().cloneFlag();
        slots.add(new Op.NsSlot(pin.getKey().cloneFlag(), slot));
        pins.add(new Op.NsPin(slot, pin.getValue()));
      }
    }
    if (types != 0) {
      List<Op.Pair> sysctls = new ArrayList<>();
      pod.sysctls().forEach((key, value) -> sysctls.add(new Op.Pair(key, value)));
      boolean loopback = pod.pins().containsKey(Namespace.Type.NETWORK);
      String hostname = pod.hostname() == null ? "" : pod.hostname();
      plan.add(new Op.NsHolder(user, types, slots, hostname, "", loopback, sysctls));
    }
    pins.forEach(plan::add);
  }

  /** Its root belongs to the pod's own root. */
  private static void shm(PlanBuilder plan, PodContext pod, String path) throws SpecException {
    int slot = plan.slot();
    List<Op.Pair> options = new ArrayList<>();
    options.add(new Op.Pair("source", "shm"));
    options.add(new Op.Pair("mode", "1777"));
    options.add(new Op.Pair("size", Long.toString(pod.shmBytes())));
    if (!pod.uidMappings().isEmpty()) {
      options.add(new Op.Pair("uid", Long.toString(rootOf(pod.uidMappings()))));
      options.add(new Op.Pair("gid", Long.toString(rootOf(pod.gidMappings()))));
    }
    if (pod.mountLabel() != null) {
      options.add(new Op.Pair("context", pod.mountLabel()));
    }
    long attributes = MountAttr.NOSUID | MountAttr.NODEV | MountAttr.NOEXEC;
    plan.add(new Op.Fsmount(slot, "tmpfs", options, attributes));
    plan.add(new Op.Attach(slot, Op.NONE, path, OpFlags.CREATE_DIRECTORY, 0755, 0));
  }

  private static long rootOf(List<IdMapping> mappings) {
    for (IdMapping mapping : mappings) {
      if (mapping.containerId() == 0) {
        return mapping.hostId();
      }
    }
    return 0;
  }
}
