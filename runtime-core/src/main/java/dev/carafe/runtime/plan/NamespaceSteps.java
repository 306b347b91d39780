package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.SpecException;
import dev.carafe.runtime.spec.TimeOffset;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A container's namespaces: files opened on the host, the user namespace first, the pid namespace
 * last.
 */
final class NamespaceSteps {
  private static final List<Namespace.Type> ORDINARY =
      List.of(
          Namespace.Type.NETWORK, Namespace.Type.IPC, Namespace.Type.UTS, Namespace.Type.CGROUP);

  private final PlanBuilder plan;
  private final Linux linux;
  private final Privilege privilege;
  private final Map<Namespace.Type, Integer> joined = new EnumMap<>(Namespace.Type.class);
  private final Set<Namespace.Type> entered = EnumSet.noneOf(Namespace.Type.class);
  private int offsets = Op.NONE;

  NamespaceSteps(PlanBuilder plan, Linux linux, Privilege privilege) {
    this.plan = plan;
    this.linux = linux;
    this.privilege = privilege;
  }

  boolean has(Namespace.Type type) {
    return linux.namespace(type) != null;
  }

  /**
   * Whether it is in a user namespace, its own or its launcher's: who is has no devices to make.
   */
  boolean inUserNamespace() {
    return has(Namespace.Type.USER) || !privilege.ofHost();
  }

  boolean isNew(Namespace.Type type) {
    Namespace namespace = linux.namespace(type);
    return namespace != null && namespace.path() == null;
  }

  /** Opens what is joined by path, or written later, and makes the user namespace. */
  void open() throws SpecException {
    for (Namespace namespace : linux.namespaces()) {
      if (namespace.path() != null) {
        int slot = plan.slot();
        plan.add(new Op.NsOpen(slot, namespace.path()));
        joined.put(namespace.type(), slot);
      }
    }
    if (isNew(Namespace.Type.USER)) {
      int slot = plan.slot();
      plan.add(userNamespace(slot));
      joined.put(Namespace.Type.USER, slot);
    }
    if (isNew(Namespace.Type.TIME) && !linux.timeOffsets().isEmpty()) {
      offsets = plan.slot();
      plan.add(new Op.Open(offsets, "/proc/self/timens_offsets", OpFlags.OPEN_WRITE));
    }
  }

  private Op userNamespace(int slot) {
    return privilege instanceof Privilege.User user
        ? new Op.UsernsByUser(
            slot, linux.uidMappings(), linux.gidMappings(), user.newuidmap(), user.newgidmap())
        : new Op.UsernsCreate(slot, linux.uidMappings(), linux.gidMappings(), false);
  }

  /** The slot of the user namespace, or none. */
  int userSlot() {
    return joined.getOrDefault(Namespace.Type.USER, Op.NONE);
  }

  /** The propagation that the configuration asks for the root; slave by default. */
  long propagation() {
    return switch (linux.rootfsPropagation() == null ? "" : linux.rootfsPropagation()) {
      case "private", "rprivate" -> MountAttr.MS_PRIVATE;
      case "shared", "rshared" -> MountAttr.MS_SHARED;
      case "unbindable", "runbindable" -> MountAttr.MS_UNBINDABLE;
      default -> MountAttr.MS_SLAVE;
    };
  }

  /**
   * A mount namespace in which nothing that is mounted reaches the host: a new one, or the one that
   * the configuration names. Without any the container's mounts are the host's.
   */
  void enterMounts() {
    Integer slot = joined.get(Namespace.Type.MOUNT);
    if (slot != null) {
      join(Namespace.Type.MOUNT, slot);
    } else if (isNew(Namespace.Type.MOUNT)) {
      plan.add(new Op.NsUnshare(Namespace.Type.MOUNT.cloneFlag()));
    } else {
      return;
    }
    separateMounts();
  }

  /** What is mounted from here on stays in this mount namespace. */
  private void separateMounts() {
    boolean isPrivate = propagation() == MountAttr.MS_PRIVATE;
    plan.add(new Op.Propagation(isPrivate ? MountAttr.MS_PRIVATE : MountAttr.MS_SLAVE, true));
  }

  /** The user namespace, where there is one, and then the mounts, which are its own. */
  void enterUserAndMounts() {
    enterUser();
    if (userSlot() != Op.NONE && isNew(Namespace.Type.MOUNT)) {
      separateMounts();
    } else {
      enterMounts();
    }
  }

  /**
   * Enters the user namespace; a mount namespace that belongs to it is needed to mount anything.
   * One that is joined is taken as its own.
   */
  void enterUser() {
    if (userSlot() != Op.NONE) {
      plan.add(new Op.UsernsEnter(userSlot()));
      if (isNew(Namespace.Type.MOUNT)) {
        plan.add(new Op.NsUnshare(Namespace.Type.MOUNT.cloneFlag()));
      }
    }
  }

  /**
   * Clock offsets are written before the first process is in the time namespace. One that is joined
   * may belong to the host's user namespace, as those made here do: who is in the container's may
   * not join it any more.
   */
  void time() throws SpecException {
    Integer slot = joined.get(Namespace.Type.TIME);
    if (slot != null) {
      join(Namespace.Type.TIME, slot);
    }
    if (!isNew(Namespace.Type.TIME)) {
      return;
    }
    plan.add(new Op.NsUnshare(Namespace.Type.TIME.cloneFlag()));
    if (offsets == Op.NONE) {
      return;
    }
    StringBuilder lines = new StringBuilder();
    for (Map.Entry<String, TimeOffset> entry : linux.timeOffsets().entrySet()) {
      TimeOffset offset = entry.getValue();
      lines.append("%s %d %d\n".formatted(entry.getKey(), offset.secs(), offset.nanosecs()));
    }
    plan.add(new Op.Write(offsets, lines.toString()));
    plan.close(offsets);
  }

  /**
   * What only the host's root may, before the user namespace is entered: joining namespaces that
   * are not that one's, and giving away the host's network devices.
   */
  void enterAsHost() throws SpecException {
    if (userSlot() == Op.NONE) {
      return;
    }
    int host = openNetSocket();
    if (host != Op.NONE && isNew(Namespace.Type.NETWORK)) {
      makeNetwork();
    }
    for (Namespace.Type type : ORDINARY) {
      joinNamed(type);
    }
    joinNamed(Namespace.Type.PID);
    moveDevices(host);
  }

  /** One of the user namespace's that the host's root is in first. */
  private void makeNetwork() throws SpecException {
    int slot = plan.slot();
    long network = Namespace.Type.NETWORK.cloneFlag();
    List<Op.NsSlot> slots = List.of(new Op.NsSlot(network, slot));
    plan.add(new Op.NsHolder(userSlot(), network, slots, "", "", true, List.of()));
    joined.put(Namespace.Type.NETWORK, slot);
  }

  /** Every namespace but user, mount, time and pid that is not entered yet. */
  void enterOrdinary() throws SpecException {
    long made = 0;
    boolean network = !entered.contains(Namespace.Type.NETWORK);
    int host = network ? openNetSocket() : Op.NONE;
    for (Namespace.Type type : ORDINARY) {
      joinNamed(type);
      if (isNew(type) && !entered.contains(type)) {
        made |= type.cloneFlag();
      }
    }
    if (made != 0) {
      plan.add(new Op.NsUnshare(made));
    }
    if ((made & Namespace.Type.NETWORK.cloneFlag()) != 0) {
      plan.add(new Op.LoopbackUp());
    }
    moveDevices(host);
  }

  private int openNetSocket() throws SpecException {
    if (linux.netDevices().isEmpty()) {
      return Op.NONE;
    }
    int slot = plan.slot();
    plan.add(new Op.NetSocket(slot));
    return slot;
  }

  private void moveDevices(int host) {
    if (host == Op.NONE) {
      return;
    }
    linux
        .netDevices()
        .forEach((name, device) ->
            plan.add(new Op.NetDevice(host, name, device.name() == null ? name : device.name())));
    plan.close(host);
  }

  /** The pid namespace, and in it the process that becomes the container's init. */
  void forkInit() {
    joinNamed(Namespace.Type.PID);
    plan.add(new Op.ForkInit(isNew(Namespace.Type.PID) ? Namespace.Type.PID.cloneFlag() : 0));
    Integer user = joined.get(Namespace.Type.USER);
    if (user != null) {
      plan.close(user);
    }
  }

  /** Once only. */
  private void joinNamed(Namespace.Type type) {
    Integer slot = joined.get(type);
    if (slot != null && entered.add(type)) {
      join(type, slot);
    }
  }

  private void join(Namespace.Type type, int slot) {
    plan.add(new Op.NsJoin(slot, type.cloneFlag()));
    plan.close(slot);
  }
}
