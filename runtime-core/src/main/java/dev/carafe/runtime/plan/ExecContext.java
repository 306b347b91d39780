package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.MemoryPolicy;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Spec;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the plan of a process executed in a container needs beyond the process.
 *
 * @param id the container's id: names its session keyring
 * @param namespaces which of the container's namespaces differ from the shim's: joining the user
 *     namespace that one is in already is refused by the kernel
 * @param uidMappings user ids of the container's user namespace; empty without one
 * @param personality number for personality(2), or {@link Op#UNCHANGED}
 * @param memoryPolicy the container's NUMA policy, or null
 * @param placement the container's cgroups and resctrl groups
 * @param seccomp the container's compiled filter, or null
 * @param ownCapabilities the agent's bounding set, as in {@link LaunchContext}
 * @param sessionKeyring whether the container has a session keyring of its own
 * @param privilege of the launcher
 */
public record ExecContext(
    String id,
    Set<Namespace.Type> namespaces,
    List<IdMapping> uidMappings,
    long personality,
    @Nullable MemoryPolicy memoryPolicy,
    Placement placement,
    @Nullable SeccompFilter seccomp,
    long ownCapabilities,
    boolean sessionKeyring,
    Privilege privilege) {
  public ExecContext {
    Objects.requireNonNull(id, "id");
    namespaces = Set.copyOf(namespaces);
    uidMappings = List.copyOf(uidMappings);
    Objects.requireNonNull(placement, "placement");
    Objects.requireNonNull(privilege, "privilege");
  }

  /**
   * The context of an exec in a container that was made from this configuration in this context.
   */
  public static ExecContext of(Spec container, LaunchContext launch) {
    Linux linux = Objects.requireNonNull(container.linux(), "linux");
    return new ExecContext(
        launch.id(),
        linux.namespaces().stream().map(Namespace::type).collect(Collectors.toSet()),
        linux.uidMappings(),
        PlanCompiler.personality(linux),
        linux.memoryPolicy(),
        launch.placement(),
        launch.seccomp(),
        launch.ownCapabilities(),
        launch.sessionKeyring(),
        launch.privilege());
  }
}
