package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.ExecCpuAffinity;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.SpecException;

/**
 * Compiles the plan of a process executed in a running container, whose init's pidfd the shim puts
 * in slot 0.
 */
public final class ExecPlan {
  private static final int TARGET = 0;

  private ExecPlan() {}

  /**
   * The plan of an executed process.
   *
   * @throws SpecException when the process asks for what this runtime can't do
   */
  public static Plan compile(Process process, ExecContext context) throws SpecException {
    PlanBuilder plan = new PlanBuilder();
    boolean inUser = context.namespaces().contains(Namespace.Type.USER);
    ProcessSteps steps =
        new ProcessSteps(
            plan,
            process,
            context.uidMappings(),
            inUser,
            context.ownCapabilities(),
            context.privilege());
    ExecCpuAffinity affinity = process.execCPUAffinity();

    ProcessSteps.place(plan, context.placement());
    steps.early(
        affinity == null || affinity.initial() == null
            ? ProcessSteps.ALL_CPUS
            : ProcessSteps.mask("process.execCPUAffinity.initial", affinity.initial()));
    steps.stdio();
    join(plan, context, inUser);
    plan.close(TARGET);
    // A fork may reset the policy, and to set one takes the privileges.
    boolean scheduled = process.scheduler() != null && !inUser;
    if (scheduled) {
      enter(plan, process, steps);
    }
    if (context.sessionKeyring()) {
      plan.add(new Op.Keyring("_ses." + context.id()));
    }
    steps.labels();
    ProcessSteps.memoryPolicy(plan, context.memoryPolicy());
    steps.late(
        ProcessSteps.mask(
            "process.execCPUAffinity.final", affinity == null ? null : affinity.finalCpus()),
        context.personality());
    steps.dropPrivileges(context.seccomp());
    if (!scheduled) {
      enter(plan, process, steps);
    }
    steps.filterLast(context.seccomp());
    steps.exec();
    return plan.build();
  }

  /**
   * The container's processes see the process from here on, which is why it is late: it has nothing
   * left that they could take.
   */
  private static void enter(PlanBuilder plan, Process process, ProcessSteps steps)
      throws SpecException {
    plan.add(new Op.ForkInit(0));
    plan.add(new Op.Session());
    if (process.terminal()) {
      int root = plan.slot();
      plan.add(new Op.RootOpen(root, "/"));
      steps.terminal(root, false);
      plan.close(root);
    }
  }

  /**
   * The user namespace first: it gives the capabilities that joining the others takes. But a time
   * namespace that the host's root made is the host's user namespace's (see NamespaceSteps), and
   * goes before.
   */
  private static void join(PlanBuilder plan, ExecContext context, boolean inUser) {
    long types = 0;
    for (Namespace.Type type : context.namespaces()) {
      types |= type == Namespace.Type.USER ? 0 : type.cloneFlag();
    }
    if (inUser) {
      long time = context.privilege().ofHost() ? types & Namespace.Type.TIME.cloneFlag() : 0;
      if (time != 0) {
        plan.add(new Op.NsJoin(TARGET, time));
      }
      types &= ~time;
      plan.add(new Op.UsernsEnter(TARGET));
    }
    if (types != 0) {
      plan.add(new Op.NsJoin(TARGET, types));
    }
  }
}
