package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.oci.PodRules;
import dev.carafe.agent.oci.PodSysctls;
import dev.carafe.agent.oci.SeLinuxLabels;
import dev.carafe.cri.v1.IDMapping;
import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.plan.Placement;
import dev.carafe.runtime.plan.Plan;
import dev.carafe.runtime.plan.PlanEncoder;
import dev.carafe.runtime.plan.PodContext;
import dev.carafe.runtime.plan.PodInitPlan;
import dev.carafe.runtime.plan.PodPlan;
import dev.carafe.runtime.shim.LaunchRequest;
import dev.carafe.runtime.shim.ProcessKind;
import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.SpecException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The plans that make a pod: its namespaces, and the init that its containers share. Thread-safe.
 */
public final class PodPlans {
  /** Size of a pod's /dev/shm in bytes, as both anchors have it. */
  private static final long SHM_BYTES = 64L << 20;

  /** The id of the pod's init in its shim. */
  static final String INIT = "init";

  private static final String NAMESPACES = "namespaces";

  private final long ownCapabilities;
  private final boolean seLinux;

  /**
   * Plans of an agent.
   *
   * @param ownCapabilities the agent's bounding set, a bit per capability
   * @param seLinux whether the node has SELinux
   */
  public PodPlans(long ownCapabilities, boolean seLinux) {
    this.ownCapabilities = ownCapabilities;
    this.seLinux = seLinux;
  }

  /**
   * A plan and the request that carries it.
   *
   * @param plan for explaining a failure
   * @param request for the shim
   */
  record Launch(Plan plan, LaunchRequest request) {
    Launch {
      requireNonNull(plan, "plan is null");
      requireNonNull(request, "request is null");
    }
  }

  /**
   * Refuses what no pod can have, before anything is made.
   *
   * @throws Failure of kind INVALID that names the field
   */
  void check(PodRecord pod) {
    PodRules.validate(pod.config());
  }

  /** Makes the pod's namespaces, pinned, and its /dev/shm. */
  Launch namespaces(PodRecord pod, PodPaths paths) throws IOException {
    try {
      Plan plan =
          PodPlan.compile(
              new PodContext(
                  pins(pod, paths),
                  uids(pod),
                  gids(pod),
                  pod.hostNetwork() ? null : hostname(pod),
                  PodSysctls.validate(pod.config()),
                  pod.hostIpc() ? null : paths.shm().toString(),
                  SHM_BYTES,
                  mountLabel(pod)));
      return new Launch(
          plan, LaunchRequest.plain(NAMESPACES, ProcessKind.PREPARE, PlanEncoder.encode(plan)));
    } catch (SpecException wrong) {
      throw Failure.invalid(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  /** Starts the pod's init in a cgroup leaf of its own. */
  Launch init(PodRecord pod, PodPaths paths, Cgroup leaf) {
    Path cloneInto = leaf.cloneInto();
    Placement placement =
        new Placement(
            cloneInto == null ? null : cloneInto.toString(),
            leaf.joinFiles().stream().map(Path::toString).toList(),
            List.of());
    try {
      Plan plan =
          PodInitPlan.compile(
              pins(pod, paths), uids(pod), placement, ownCapabilities, mountLabel(pod));
      LaunchRequest plain =
          LaunchRequest.plain(INIT, ProcessKind.POD_INIT, PlanEncoder.encode(plan));
      return new Launch(plan, plain);
    } catch (SpecException wrong) {
      throw Failure.invalid(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  private @Nullable String mountLabel(PodRecord pod) {
    return SeLinuxLabels.shared(pod.id(), pod.config(), seLinux);
  }

  private static Map<Namespace.Type, String> pins(PodRecord pod, PodPaths paths) {
    Map<Namespace.Type, String> pins = new EnumMap<>(Namespace.Type.class);
    if (!pod.hostNetwork()) {
      pins.put(Namespace.Type.NETWORK, paths.netns().toString());
      pins.put(Namespace.Type.UTS, paths.utsns().toString());
    }
    if (!pod.hostIpc()) {
      pins.put(Namespace.Type.IPC, paths.ipcns().toString());
    }
    if (pod.ownUser()) {
      pins.put(Namespace.Type.USER, paths.userns().toString());
    }
    return pins;
  }

  private static @Nullable String hostname(PodRecord pod) {
    String name = pod.config().getHostname();
    return name.isEmpty() ? null : name;
  }

  private static List<IdMapping> uids(PodRecord pod) {
    return pod.ownUser() ? mappings(pod.namespaces().getUsernsOptions().getUidsList()) : List.of();
  }

  private static List<IdMapping> gids(PodRecord pod) {
    return pod.ownUser() ? mappings(pod.namespaces().getUsernsOptions().getGidsList()) : List.of();
  }

  private static List<IdMapping> mappings(List<IDMapping> mappings) {
    return mappings.stream()
        .map(m -> new IdMapping(m.getContainerId(), m.getHostId(), m.getLength()))
        .toList();
  }
}
