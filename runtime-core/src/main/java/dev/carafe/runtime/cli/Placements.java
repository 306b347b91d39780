package dev.carafe.runtime.cli;

import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.cgroup.CgroupPaths;
import dev.carafe.runtime.linux.ProcessCapabilities;
import dev.carafe.runtime.plan.Blob;
import dev.carafe.runtime.plan.SeccompFilter;
import dev.carafe.runtime.seccomp.SeccompCache;
import dev.carafe.runtime.seccomp.SeccompCompiler;
import dev.carafe.runtime.seccomp.SeccompProgram;
import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.Linux;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What plans say about the machine: cgroups, filters, capabilities. */
final class Placements {
  private static final Path SECCOMP_CACHE = Path.of("/run/carafe/seccomp");

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

  /** The compiled filter, from the cache when it was compiled before; null for none. */
  static @Nullable SeccompFilter filter(Linux linux) {
    if (linux.seccomp() == null) {
      return null;
    }
    SeccompCache cache =
        new SeccompCache(SECCOMP_CACHE, profile -> new SeccompCompiler().compile(profile));
    SeccompProgram program = cache.get(linux.seccomp());
    return new SeccompFilter(program.flags(), Blob.of(program.filter()));
  }

  /** The bounding set of the caller. */
  static long capabilities(Caller caller) {
    return ProcessCapabilities.read(caller.proc("status")).bounding().stream()
        .mapToLong(Capability::mask)
        .reduce(0, (a, b) -> a | b);
  }
}
