package dev.carafe.runtime.rdt.mon;

import static java.util.Objects.requireNonNull;

/**
 * A container in a monitoring group, as it is recorded. Names, never paths, so that nothing outside
 * the resctrl root can be reached through a record.
 *
 * @param tenant who
 * @param controlGroup the group's control group, {@code /} for the root one
 * @param group the name below its mon_groups
 * @param owned whether Carafe made the group, and so removes it with its last member
 */
public record Member(Tenant tenant, String controlGroup, String group, boolean owned) {
  public Member {
    requireNonNull(tenant, "tenant is null");
    requireNonNull(controlGroup, "controlGroup is null");
    requireNonNull(group, "group is null");
  }

  boolean shares(Member other) {
    return controlGroup.equals(other.controlGroup) && group.equals(other.group);
  }
}
