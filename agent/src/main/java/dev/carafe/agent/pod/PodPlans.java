package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.cgroup.FsCgroupDriver;
import dev.carafe.runtime.plan.Plan;
import dev.carafe.runtime.shim.LaunchRequest;

/** The plans that make a pod: its namespaces, and the init that containers share. */
public final class PodPlans {
  private final FsCgroupDriver driver;

  /** Plans for pods whose cgroups are made by {@code driver}. */
  public PodPlans(FsCgroupDriver driver) {
    this.driver = requireNonNull(driver, "driver is null");
  }

  /**
   * A plan and the request that carries it.
   *
   * @param plan for explaining a failure
   * @param request for the shim
   */
  record Launch(Plan plan, LaunchRequest request) {}
}
