package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.ContainerUser;
import dev.carafe.cri.v1.LinuxContainerUser;
import dev.carafe.runtime.spec.User;
import java.util.List;

/**
 * The ids of a container's first process, inside its user namespace.
 *
 * @param uid user id
 * @param gid primary group id
 * @param groups supplementary groups; the primary one is among them, so that a file's permissions
 *     for it hold for a process that changes its primary group (CVE-2022-36109)
 * @param home the user's home directory, "/" for one without
 */
public record EffectiveUser(long uid, long gid, List<Long> groups, String home) {
  /** Copies the groups. */
  public EffectiveUser {
    groups = List.copyOf(groups);
    requireNonNull(home, "home");
  }

  /** As ContainerStatus shows it. */
  public ContainerUser toCri() {
    return ContainerUser.newBuilder()
        .setLinux(
            LinuxContainerUser.newBuilder()
                .setUid(uid)
                .setGid(gid)
                .addAllSupplementalGroups(groups))
        .build();
  }

  User toOci() {
    return new User(uid, gid, null, groups);
  }
}
