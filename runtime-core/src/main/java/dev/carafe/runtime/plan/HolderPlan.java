package dev.carafe.runtime.plan;

import java.util.List;

/** The plan of a process that waits for its go and then ends. */
public final class HolderPlan {
  private HolderPlan() {}

  /** It stays in the namespaces and the cgroup of whoever forks it. */
  public static Plan compile() {
    PlanBuilder plan = new PlanBuilder();
    List.<Op>of(new Op.ForkInit(0), new Op.Park(), new Op.Exit()).forEach(plan::add);
    return plan.build();
  }
}
