package dev.carafe.runtime.rdt;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where the processes of a container belong.
 *
 * @param controlGroup directory of the control group
 * @param monitoringGroup directory of the monitoring group inside it, or null
 */
public record RdtAssignment(Path controlGroup, @Nullable Path monitoringGroup) {
  public RdtAssignment {
    Objects.requireNonNull(controlGroup, "controlGroup");
  }

  /**
   * The files into which a process writes {@code 0} before it has threads, in this order: moving to
   * another control group would take it out of a monitoring group.
   */
  public List<Path> tasksFiles() {
    List<Path> files = new ArrayList<>();
    files.add(controlGroup.resolve("tasks"));
    if (monitoringGroup != null) {
      files.add(monitoringGroup.resolve("tasks"));
    }
    return List.copyOf(files);
  }
}
