package dev.carafe.runtime.plan;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a container's plan needs beyond its configuration.
 *
 * @param id the container's id: names its session keyring
 * @param bundle absolute directory from which relative mount sources are taken
 * @param rootfs what the root is made of (the configuration's own root.path is not looked at;
 *     root.readonly is)
 * @param placement cgroups and resctrl groups
 * @param hierarchies cgroup v1 hierarchies for a mount of type cgroup; empty on a pure cgroup v2
 *     host
 * @param seccomp the compiled filter of linux.seccomp, or null
 * @param ownCapabilities the agent's bounding set: what it lacks is left out of the container's
 *     sets, and without CAP_SYS_RESOURCE raising limits and lowering oom_score_adj may fail
 * @param sessionKeyring whether the container gets a session keyring of its own
 * @param pivot whether the root changes by pivot_root; else by chroot
 * @param park whether the container waits for a go before its program
 * @param startFifo a FIFO, on which it then waits once more, for {@code start}; null for none
 * @param hooks what runs in the container's namespaces besides
 * @param privilege of the launcher
 */
public record LaunchContext(
    String id,
    String bundle,
    Rootfs rootfs,
    Placement placement,
    List<CgroupHierarchy> hierarchies,
    @Nullable SeccompFilter seccomp,
    long ownCapabilities,
    boolean sessionKeyring,
    boolean pivot,
    boolean park,
    @Nullable String startFifo,
    ContainerHooks hooks,
    Privilege privilege) {
  /** Every capability. */
  public static final long ALL_CAPABILITIES = -1L;

  public LaunchContext {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(bundle, "bundle");
    Objects.requireNonNull(rootfs, "rootfs");
    Objects.requireNonNull(placement, "placement");
    hierarchies = List.copyOf(hierarchies);
    Objects.requireNonNull(hooks, "hooks");
    Objects.requireNonNull(privilege, "privilege");
  }

  /** A context of the host's root, without a FIFO and hooks. */
  public LaunchContext(
      String id,
      String bundle,
      Rootfs rootfs,
      Placement placement,
      List<CgroupHierarchy> hierarchies,
      @Nullable SeccompFilter seccomp,
      long ownCapabilities,
      boolean sessionKeyring,
      boolean park) {
    this(
        id,
        bundle,
        rootfs,
        placement,
        hierarchies,
        seccomp,
        ownCapabilities,
        sessionKeyring,
        true,
        park,
        null,
        ContainerHooks.NONE,
        new Privilege.Host());
  }
}
