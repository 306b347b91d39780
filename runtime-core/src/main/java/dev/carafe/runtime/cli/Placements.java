package dev.carafe.runtime.cli;

import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.cgroup.CgroupPaths;
import dev.carafe.runtime.linux.Identity;
import dev.carafe.runtime.linux.ProcessCapabilities;
import dev.carafe.runtime.plan.Blob;
import dev.carafe.runtime.plan.CgroupHierarchy;
import dev.carafe.runtime.plan.SeccompFilter;
import dev.carafe.runtime.seccomp.SeccompCache;
import dev.carafe.runtime.seccomp.SeccompCompiler;
import dev.carafe.runtime.seccomp.SeccompProgram;
import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Seccomp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What plans say about the machine: cgroups, filters, capabilities. */
final class Placements {
  private static final Path HOST_RUNTIME = Path.of("/run");

  private Placements() {}

  /**
   * The cgroup of a container. Absolute is below the mounts. Relative is below the parent of the
   * caller's own cgroup on v2, and below the caller's own on v1, as far as all controllers agree on
   * one; absent is the id.
   */
  static String cgroupPath(
      CgroupLayout layout, Caller caller, @Nullable String cgroupsPath, String id)
      throws IOException {
    return new CgroupPaths(parent(layout, caller.cgroups())).resolve(cgroupsPath, id);
  }

  static String parent(CgroupLayout layout, List<String> ownCgroups) {
    List<String> paths =
        ownCgroups.stream()
            .filter(line -> line.startsWith("0::") == layout instanceof CgroupLayout.Unified)
            .map(line -> line.split(":", 3)[2])
            .distinct()
            .toList();
    if (paths.size() != 1) {
      return "/";
    }
    Path own = Path.of(paths.getFirst());
    Path above = layout instanceof CgroupLayout.Unified ? own.getParent() : own;
    return above == null ? "/" : above.toString();
  }

  /**
   * Whether a caller may put a process into a cgroup. On cgroup v2 he must be able to write there
   * and in the nearest one that is above it and his own (kernel: cgroup-v2.rst, Delegation
   * Containment).
   */
  static boolean mayJoin(CgroupLayout layout, Caller caller, String cgroup) throws IOException {
    if (!(layout instanceof CgroupLayout.Unified unified)) {
      return true;
    }
    Path own = Path.of(SubCgroups.unifiedOf(caller.cgroups()));
    Path above = Path.of(cgroup);
    while (!own.startsWith(above)) {
      above = Objects.requireNonNull(above.getParent(), "every path starts with /");
    }
    return Stream.of(Path.of(cgroup), above)
        .map(path -> unified.root().resolve(path.toString().substring(1)).resolve("cgroup.procs"))
        .allMatch(Files::isWritable);
  }

  /** The v1 hierarchies as a container sees them; "" is no cgroup of its own. */
  static List<CgroupHierarchy> hierarchies(Session session, String cgroup) throws IOException {
    CgroupLayout layout = session.store().layout();
    return cgroup.isEmpty()
        ? CgroupHierarchy.inherited(layout, session.caller().cgroups())
        : CgroupHierarchy.all(layout, cgroup);
  }

  /** The compiled filter, from the caller's cache when it was compiled before; null for none. */
  static @Nullable SeccompFilter filter(Session session, Linux linux) {
    if (linux.seccomp() == null) {
      return null;
    }
    SeccompProgram program = compile(session, linux.seccomp());
    return new SeccompFilter(program.flags(), Blob.of(program.filter()));
  }

  /** Programs in a cache are trusted, so each user has one of its own, or none. */
  private static SeccompProgram compile(Session session, Seccomp profile) {
    Identity identity = session.settings().identity();
    String users = session.caller().runtimeDirectory(identity);
    if (!identity.isHostRoot() && users.isEmpty()) {
      return new SeccompCompiler().compile(profile);
    }
    Path runtime = identity.isHostRoot() ? HOST_RUNTIME : Path.of(users);
    return new SeccompCache(
            runtime.resolve("carafe/seccomp"), wanted -> new SeccompCompiler().compile(wanted))
        .get(profile);
  }

  /** The bounding set of the caller. */
  static long capabilities(Caller caller) {
    return ProcessCapabilities.read(caller.proc("status")).bounding().stream()
        .mapToLong(Capability::mask)
        .reduce(0, (a, b) -> a | b);
  }
}
