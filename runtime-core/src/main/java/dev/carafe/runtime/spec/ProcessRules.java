package dev.carafe.runtime.spec;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rules for a process. */
final class ProcessRules {
  /** The kernel keeps 4294967295 for "none". */
  static final long ID_MAX = 0xffff_fffeL;

  private ProcessRules() {}

  static void check(Process process, String field, Problems problems) {
    problems.absolute(process.cwd(), field + ".cwd");
    problems.require(
        !process.args().isEmpty() && !process.args().getFirst().isEmpty(),
        field + ".args",
        "empty: expected at least the program");
    problems.texts(process.args(), field + ".args");
    environment(process.env(), field + ".env", problems);
    user(process.user(), field + ".user", problems);
    limits(process.rlimits(), field + ".rlimits", problems);
    if (process.oomScoreAdj() != null) {
      problems.range(process.oomScoreAdj(), -1000, 1000, field + ".oomScoreAdj");
    }
    if (process.ioPriority() != null) {
      problems.range(process.ioPriority().priority(), 0, 7, field + ".ioPriority.priority");
    }
    if (process.consoleSize() != null) {
      problems.range(process.consoleSize().height(), 0, 65_535, field + ".consoleSize.height");
      problems.range(process.consoleSize().width(), 0, 65_535, field + ".consoleSize.width");
    }
    capabilities(process.capabilities(), field + ".capabilities", problems);
    scheduler(process.scheduler(), field + ".scheduler", problems);
  }

  private static void environment(List<String> env, String field, Problems problems) {
    problems.texts(env, field);
    for (int i = 0; i < env.size(); i++) {
      String item = field + "[" + i + "]";
      problems.require(
          env.get(i).indexOf('=') >= 0,
          item,
          "invalid environment variable: missing '=': '" + env.get(i) + "'");
      problems.require(
          !env.get(i).startsWith("="),
          item,
          "invalid environment variable: name cannot be empty: '" + env.get(i) + "'");
    }
  }

  private static void user(User user, String field, Problems problems) {
    problems.range(user.uid(), 0, ID_MAX, field + ".uid");
    problems.range(user.gid(), 0, ID_MAX, field + ".gid");
    if (user.umask() != null) {
      problems.range(user.umask(), 0, 0777, field + ".umask");
    }
    for (int i = 0; i < user.additionalGids().size(); i++) {
      problems.range(user.additionalGids().get(i), 0, ID_MAX, field + ".additionalGids[" + i + "]");
    }
  }

  private static void limits(List<Rlimit> limits, String field, Problems problems) {
    Set<Rlimit.Type> seen = EnumSet.noneOf(Rlimit.Type.class);
    for (int i = 0; i < limits.size(); i++) {
      Rlimit limit = limits.get(i);
      String item = field + "[" + i + "]";
      problems.require(
          seen.add(limit.type()), item + ".type", limit.type() + " is given twice: expected once");
      problems.require(
          Long.compareUnsigned(limit.soft(), limit.hard()) <= 0,
          item + ".soft",
          Long.toUnsignedString(limit.soft())
              + " for "
              + limit.type()
              + ": expected at most the hard limit, "
              + Long.toUnsignedString(limit.hard()));
    }
  }

  private static void capabilities(@Nullable Capabilities sets, String field, Problems problems) {
    if (sets == null) {
      return;
    }
    long excess = Capability.maskOf(sets.effective()) & ~Capability.maskOf(sets.permitted());
    for (Capability capability : Capability.values()) {
      problems.require(
          (excess & capability.mask()) == 0,
          field + ".effective",
          capability.fullName() + " is not in the permitted set: expected it there");
    }
  }

  private static void scheduler(@Nullable Scheduler scheduler, String field, Problems problems) {
    if (scheduler == null) {
      return;
    }
    Scheduler.Policy policy = scheduler.policy();
    boolean realtime = policy == Scheduler.Policy.SCHED_FIFO || policy == Scheduler.Policy.SCHED_RR;
    int priority = scheduler.priority() == null ? 0 : scheduler.priority();
    problems.range(priority, realtime ? 1 : 0, realtime ? 99 : 0, field + ".priority");
    if (scheduler.nice() != null) {
      problems.range(scheduler.nice(), -20, 19, field + ".nice");
    }
    boolean deadline = policy == Scheduler.Policy.SCHED_DEADLINE;
    boolean times =
        scheduler.runtime() != null || scheduler.deadline() != null || scheduler.period() != null;
    problems.require(
        deadline || !times,
        field,
        "runtime, deadline and period are of SCHED_DEADLINE, not " + policy);
  }
}
