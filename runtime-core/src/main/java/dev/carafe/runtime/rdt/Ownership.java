package dev.carafe.runtime.rdt;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a container has in resctrl, and what of it was made for it and goes with it. Names, never
 * paths, so that nothing outside the resctrl root can be reached through a record.
 *
 * @param containerId the container; also the name of its monitoring group
 * @param controlGroup name of its control group, {@code /} for the root group
 * @param ownsControlGroup whether the control group is removed with the container
 * @param monitoringGroup name below mon_groups, or null without monitoring
 * @param ownsMonitoringGroup whether the monitoring group is removed with the container
 */
public record Ownership(
    String containerId,
    String controlGroup,
    boolean ownsControlGroup,
    @Nullable String monitoringGroup,
    boolean ownsMonitoringGroup) {
  public Ownership {
    Objects.requireNonNull(containerId, "containerId");
    Objects.requireNonNull(controlGroup, "controlGroup");
  }
}
