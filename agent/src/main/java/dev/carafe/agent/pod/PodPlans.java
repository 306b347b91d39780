package dev.carafe.agent.pod;

import dev.carafe.runtime.plan.PlanEncoder;
import dev.carafe.runtime.plan.PodInitPlan;
import dev.carafe.runtime.plan.PodPlan;
import java.io.IOException;

final class PodPlans {
  private PodPlans() {}
}
