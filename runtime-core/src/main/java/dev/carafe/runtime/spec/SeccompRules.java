package dev.carafe.runtime.spec;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rules for seccomp filters. */
final class SeccompRules {
  private static final String FIELD = "linux.seccomp";

  private SeccompRules() {}

  static void check(@Nullable Seccomp seccomp, Problems problems) {
    if (seccomp == null) {
      return;
    }
    problems.require(
        seccomp.defaultAction() != SeccompAction.SCMP_ACT_NOTIFY,
        FIELD + ".defaultAction",
        "SCMP_ACT_NOTIFY would stop the launcher itself: expected another action");
    List<SeccompSyscall> rules = seccomp.syscalls();
    boolean notifies = false;
    for (int i = 0; i < rules.size(); i++) {
      notifies |= rules.get(i).action() == SeccompAction.SCMP_ACT_NOTIFY;
      rule(rules.get(i), FIELD + ".syscalls[" + i + "]", problems);
    }
    problems.require(
        !notifies || seccomp.listenerPath() != null,
        FIELD + ".listenerPath",
        "absent: expected the agent's socket, for a rule has SCMP_ACT_NOTIFY");
  }

  private static void rule(SeccompSyscall rule, String field, Problems problems) {
    problems.require(
        !rule.names().isEmpty(), field + ".names", "empty: expected at least one system call");
    problems.require(
        rule.action() != SeccompAction.SCMP_ACT_NOTIFY || !rule.names().contains("write"),
        field + ".action",
        "SCMP_ACT_NOTIFY cannot be used for the write syscall: the launcher could not hand over the listener");
    for (int i = 0; i < rule.args().size(); i++) {
      problems.range(rule.args().get(i).index(), 0, 5, field + ".args[" + i + "].index");
    }
  }
}
