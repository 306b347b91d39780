package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.oci.SeccompChoice;
import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.plan.Blob;
import dev.carafe.runtime.plan.CgroupHierarchy;
import dev.carafe.runtime.plan.SeccompFilter;
import dev.carafe.runtime.seccomp.DefaultProfile;
import dev.carafe.runtime.seccomp.SeccompCache;
import dev.carafe.runtime.seccomp.SeccompProgram;
import dev.carafe.runtime.spec.Capabilities;
import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Seccomp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a start and an exec have in common: where the process is put, and its filter. Thread-safe.
 */
public final class Launches {
  private final CgroupLayout layout;
  private final SeccompCache seccomp;
  private final @Nullable Path defaultProfile;
  private final ObjectMapper json = new ObjectMapper();

  /**
   * Launches on a node.
   *
   * @param layout the node's cgroup hierarchies
   * @param seccomp compiled filters
   * @param defaultProfile an OCI seccomp profile that replaces the built-in default, or null
   */
  public Launches(CgroupLayout layout, SeccompCache seccomp, @Nullable Path defaultProfile) {
    this.layout = requireNonNull(layout, "layout is null");
    this.seccomp = requireNonNull(seccomp, "seccomp is null");
    this.defaultProfile = defaultProfile;
  }

  /** The v1 hierarchies as the container shall see them; none on cgroup v2. */
  List<CgroupHierarchy> hierarchies(String cgroupPath) {
    return CgroupHierarchy.all(layout, cgroupPath);
  }

  /** The compiled filter of a container, or null for none. */
  @Nullable SeccompFilter filter(SeccompChoice choice, Process process) {
    Seccomp profile =
        switch (choice) {
          case SeccompChoice.Unconfined none -> null;
          case SeccompChoice.RuntimeDefault ours ->
              defaultProfile == null ? DefaultProfile.of(bounding(process)) : read(defaultProfile);
          case SeccompChoice.Localhost file -> read(file.profile());
        };
    if (profile == null) {
      return null;
    }
    SeccompProgram program = seccomp.get(profile);
    return new SeccompFilter(program.flags(), Blob.of(program.filter()));
  }

  private static Set<Capability> bounding(Process process) {
    Capabilities capabilities = process.capabilities();
    return capabilities == null
        ? Set.of()
        : capabilities.bounding().stream()
            .map(Capability::find)
            .filter(Objects::nonNull)
            .collect(Collectors.toSet());
  }

  private Seccomp read(Path profile) {
    try {
      return Objects.requireNonNull(
          json.readValue(Files.readAllBytes(profile), Seccomp.class), "profile is null");
    } catch (IOException wrong) {
      throw Failure.invalid(
          "cannot read the seccomp profile %s: %s; expected a JSON file in the OCI form"
              .formatted(profile, wrong.getMessage()),
          wrong);
    }
  }
}
