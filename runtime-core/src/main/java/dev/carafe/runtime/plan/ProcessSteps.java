package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Capabilities;
import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.CpuList;
import dev.carafe.runtime.spec.IOPriority;
import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.MemoryPolicy;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Rlimit;
import dev.carafe.runtime.spec.Scheduler;
import dev.carafe.runtime.spec.SpecException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What containers and executed processes have in common: the state of the process itself, set
 * before (early) and after (late) it is inside.
 */
final class ProcessSteps {
  private static final int DEFAULT_UMASK = 0022;

  /** Every CPU that a kernel can have (NR_CPUS is at most 8192 on x86): a cpuset cuts it down. */
  static final Blob ALL_CPUS = allCpus();

  private final PlanBuilder plan;
  private final Process process;
  private final List<IdMapping> uidMappings;
  private final boolean ownUserNamespace;
  private final long ownCapabilities;
  private final Privilege privilege;
  private final List<Rlimit> limits;

  /**
   * Steps of one process.
   *
   * @param uidMappings user ids of its user namespace, for the host's id of its user; empty is the
   *     same ids
   * @param ownUserNamespace whether it runs in another user namespace than the shim
   * @param ownCapabilities bounding set of the agent
   * @param privilege of the launcher
   */
  ProcessSteps(
      PlanBuilder plan,
      Process process,
      List<IdMapping> uidMappings,
      boolean ownUserNamespace,
      long ownCapabilities,
      Privilege privilege) {
    this.plan = plan;
    this.process = process;
    this.uidMappings = uidMappings;
    this.ownUserNamespace = ownUserNamespace;
    this.ownCapabilities = ownCapabilities;
    this.privilege = privilege;
    this.limits = DefaultLimits.complete(process.rlimits());
  }

  private static Blob allCpus() {
    byte[] mask = new byte[1024];
    Arrays.fill(mask, (byte) 0xff);
    return Blob.of(mask);
  }

  /** Joins cgroups and resctrl groups; a cgroup v2 directory must be the plan's first operation. */
  static void place(PlanBuilder plan, Placement placement) throws SpecException {
    if (placement.cgroup2Dir() != null) {
      plan.add(new Op.CgroupClone(placement.cgroup2Dir()));
    }
    for (String file : placement.procsFiles()) {
      plan.write(file, "0", false);
    }
    for (String file : placement.rdtTasksFiles()) {
      plan.write(file, "0", false);
    }
  }

  private boolean lenient() {
    return !privilege.ofHost() || (ownCapabilities & Capability.SYS_RESOURCE.mask()) == 0;
  }

  /**
   * What needs the host's root, or files that a launcher inside can't open.
   *
   * @param affinity CPUs while the process is made
   */
  void early(Blob affinity) throws SpecException {
    earlyState(affinity);
    int adjustment = process.oomScoreAdj() == null ? 0 : process.oomScoreAdj();
    plan.write("/proc/self/oom_score_adj", Integer.toString(adjustment), lenient());
    if (ownUserNamespace) {
      limits(DefaultLimits.ceilings(limits));
    }
  }

  /** Pipes belong to the process's user, or it could not open /dev/stdout. */
  void stdio() {
    long owner = hostUid(process.user().uid());
    if (!process.terminal() && owner != 0) {
      plan.add(new Op.StdioOwner(owner, Op.UNCHANGED));
    }
  }

  /**
   * Nice value and I/O priority need the host's capabilities, and modes of what is created must not
   * depend on an inherited umask.
   */
  private void earlyState(Blob affinity) {
    plan.add(
        new Op.ProcessState(0, nice(), ioPriority(process.ioPriority()), affinity, Op.UNCHANGED));
    if (ownUserNamespace) {
      schedule();
    }
  }

  /**
   * Where the host's capabilities last, after the last fork: a fork may reset a policy, or not be
   * allowed under it.
   */
  private void schedule() {
    Scheduler scheduler = process.scheduler();
    if (scheduler != null) {
      plan.add(schedule(scheduler));
    }
  }

  /** The nice value, which sched_setattr sets as well. */
  private int nice() {
    Scheduler scheduler = process.scheduler();
    return scheduler == null || scheduler.nice() == null ? 0 : scheduler.nice();
  }

  /** ioprio_set's number: class, priority; none follows the nice value. */
  private static long ioPriority(@Nullable IOPriority priority) {
    if (priority == null) {
      return 0;
    }
    long ioClass =
        switch (priority.ioClass()) {
          case IOPRIO_CLASS_RT -> 1;
          case IOPRIO_CLASS_BE -> 2;
          case IOPRIO_CLASS_IDLE -> 3;
        };
    return ioClass << 13 | priority.priority();
  }

  private static Op schedule(Scheduler scheduler) {
    long flags = 0;
    for (Scheduler.Flag flag : scheduler.flags()) {
      flags |= flag.bit();
    }
    return new Op.Scheduler(
        scheduler.policy().number(),
        flags,
        scheduler.nice() == null ? 0 : scheduler.nice(),
        scheduler.priority() == null ? 0 : scheduler.priority(),
        scheduler.runtime() == null ? 0 : scheduler.runtime(),
        scheduler.deadline() == null ? 0 : scheduler.deadline(),
        scheduler.period() == null ? 0 : scheduler.period());
  }

  private long hostUid(long uid) {
    if (uidMappings.isEmpty()) {
      return uid;
    }
    for (IdMapping mapping : uidMappings) {
      long offset = uid - mapping.containerId();
      if (offset >= 0 && offset < mapping.size()) {
        return mapping.hostId() + offset;
      }
    }
    return uid;
  }

  private void limits(List<Rlimit> values) {
    plan.addMayFail(new Op.Rlimits(values), lenient());
  }

  /** Security labels that execve takes on; before anything hides procfs. */
  void labels() {
    if (process.apparmorProfile() != null) {
      plan.add(new Op.LsmExec(OpFlags.LSM_APPARMOR, process.apparmorProfile()));
    }
    if (process.selinuxLabel() != null) {
      plan.add(new Op.LsmExec(OpFlags.LSM_SELINUX, process.selinuxLabel()));
    }
  }

  /**
   * Limits, umask, CPU affinity, personality and signals: from here on nothing is made any more.
   *
   * @param affinity CPUs of the program; empty leaves them
   * @param personality its execution domain, or {@link Op#UNCHANGED}
   */
  void late(Blob affinity, long personality) {
    limits(limits);
    if (!privilege.ofHost() && !process.rlimits().isEmpty()) {
      plan.add(new Op.Rlimits(process.rlimits()));
    }
    int umask = process.user().umask() == null ? DEFAULT_UMASK : process.user().umask();
    plan.add(new Op.ProcessState(umask, nice(), Op.UNCHANGED, affinity, personality));
    if (!ownUserNamespace) {
      schedule();
    }
    plan.add(new Op.Signals());
  }

  /**
   * Gives up privileges. Without no_new_privs installing a filter needs CAP_SYS_ADMIN, so it comes
   * before the capabilities go; with it the filter comes last, so that it need not allow what
   * setting credentials takes.
   */
  void confine(@Nullable SeccompFilter seccomp) {
    dropPrivileges(seccomp);
    filterLast(seccomp);
  }

  /** The first part of {@link #confine}. */
  void dropPrivileges(@Nullable SeccompFilter seccomp) {
    if (seccomp != null && !process.noNewPrivileges()) {
      plan.add(new Op.Seccomp(seccomp.flags(), seccomp.program()));
    }
    plan.add(new Op.Cwd(process.cwd()));
    plan.add(credentials());
    if (process.noNewPrivileges()) {
      plan.add(new Op.NoNewPrivs());
    }
  }

  /** The second part of {@link #confine}: the filter, where it could wait. */
  void filterLast(@Nullable SeccompFilter seccomp) {
    if (seccomp != null && process.noNewPrivileges()) {
      plan.add(new Op.Seccomp(seccomp.flags(), seccomp.program()));
    }
  }

  /** Runs the program. */
  void exec() {
    plan.add(new Op.Exec(process.args(), environment(process.env())));
  }

  /** Of variables that are given twice the later one counts, in the place of the first. */
  static List<String> environment(List<String> given) {
    Map<String, String> byName = new LinkedHashMap<>();
    for (String variable : given) {
      byName.put(variable.split("=", 2)[0], variable);
    }
    return List.copyOf(byName.values());
  }

  /** The NUMA policy, which children inherit. */
  static void memoryPolicy(PlanBuilder plan, @Nullable MemoryPolicy policy) throws SpecException {
    if (policy != null) {
      long mode = policy.mode().number();
      for (MemoryPolicy.Flag flag : policy.flags()) {
        mode |= flag.bit();
      }
      plan.add(new Op.MemoryPolicy(mode, mask("linux.memoryPolicy.nodes", policy.nodes())));
    }
  }

  /** A list of CPUs or NUMA nodes as a bit mask, lowest first; null is empty. */
  static Blob mask(String field, @Nullable String list) throws SpecException {
    return Blob.of(CpuList.numbers(field, list).toByteArray());
  }

  /**
   * A user namespace comes with every capability in it, whatever the agent's own bounding set is.
   * The kernel has ambient capabilities only among those permitted and inheritable; others are left
   * out, as runc does.
   */
  private Op credentials() {
    Capabilities given = process.capabilities();
    Capabilities sets = given == null ? Capabilities.of(List.of()) : given;
    long own = ownUserNamespace ? LaunchContext.ALL_CAPABILITIES : ownCapabilities;
    long permitted = Capability.maskOf(sets.permitted()) & own;
    long inheritable = Capability.maskOf(sets.inheritable()) & own;
    return new Op.Credentials(
        process.user().uid(),
        process.user().gid(),
        process.user().additionalGids(),
        privilege.setsGroups(),
        Capability.maskOf(sets.bounding()) & own,
        permitted,
        Capability.maskOf(sets.effective()) & own,
        inheritable,
        Capability.maskOf(sets.ambient()) & permitted & inheritable);
  }

  /** The terminal, once the container's devpts is there. */
  void terminal(int root, boolean console) {
    if (!process.terminal()) {
      return;
    }
    Process.ConsoleSize size = process.consoleSize();
    plan.add(
        new Op.Terminal(
            root,
            size == null ? 0 : size.height(),
            size == null ? 0 : size.width(),
            console ? Op.Terminal.CONSOLE : 0,
            process.user().uid(),
            Op.UNCHANGED));
  }
}
