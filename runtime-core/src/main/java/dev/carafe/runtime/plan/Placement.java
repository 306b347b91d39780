package dev.carafe.runtime.plan;

import dev.carafe.runtime.cgroup.Cgroup;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a process is put before it does anything else. All paths are the host's and exist when the
 * plan runs.
 *
 * @param cgroup2Dir cgroup v2 directory that it is cloned into; null when there is none
 * @param procsFiles {@code cgroup.procs} files to join by writing 0 (cgroup v1 and hybrid),
 *     cpuset's filled before
 * @param rdtTasksFiles resctrl {@code tasks} files to join by writing 0: the control group's first,
 *     then the monitoring group's
 */
public record Placement(
    @Nullable String cgroup2Dir, List<String> procsFiles, List<String> rdtTasksFiles) {
  /** Stays where the shim is. */
  public static final Placement INHERITED = new Placement(null, List.of(), List.of());

  public Placement {
    procsFiles = List.copyOf(procsFiles);
    rdtTasksFiles = List.copyOf(rdtTasksFiles);
  }

  /** Whether it joins a cgroup; else it stays in that of who starts it. */
  public boolean hasCgroup() {
    return cgroup2Dir != null || !procsFiles.isEmpty();
  }

  /** The cgroup and the class of service that a process joins. */
  public static Placement of(Cgroup cgroup, List<Path> rdtTasks) {
    Path cloneInto = cgroup.cloneInto();
    return new Placement(
        cloneInto == null ? null : cloneInto.toString(),
        cgroup.joinFiles().stream().map(Path::toString).toList(),
        rdtTasks.stream().map(Path::toString).toList());
  }
}
