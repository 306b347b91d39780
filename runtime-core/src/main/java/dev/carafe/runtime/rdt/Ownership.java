package dev.carafe.runtime.rdt;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a container has in resctrl, and what of it was made for it and goes with it. Names, never
 * paths, so that nothing outside the resctrl root can be reached through a record.
 *
 * @param containerId the container; also the name of its monitoring group
 * @param controlGroup name of its control group, {@code /} for the root group
 * @param ownsControlGroup whether the control group is removed with the container, or with the last
 *     one that owns it too
 * @param monitoringGroup name below mon_groups, or null without monitoring
 * @param ownsMonitoringGroup whether the monitoring group is removed with the container
 * @param origin why the container has this class; null where nobody wants to know
 */
public record Ownership(
    String containerId,
    String controlGroup,
    boolean ownsControlGroup,
    @Nullable String monitoringGroup,
    boolean ownsMonitoringGroup,
    @Nullable Origin origin) {
  public Ownership {
    Objects.requireNonNull(containerId, "containerId");
    Objects.requireNonNull(controlGroup, "controlGroup");
  }

  /**
   * Who asked for a class.
   *
   * @param name of the class, as it was asked for
   * @param source the annotation or the configuration's key
   * @param schemata the values that a private class was asked for with, by annotation; empty for a
   *     class of the configuration
   */
  public record Origin(String name, String source, Map<String, String> schemata) {
    public Origin {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(source, "source");
      schemata = Map.copyOf(schemata);
    }
  }
}
