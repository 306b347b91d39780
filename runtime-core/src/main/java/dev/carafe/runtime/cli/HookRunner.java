package dev.carafe.runtime.cli;

import dev.carafe.runtime.container.ContainerRecord;
import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.plan.ContainerHooks;
import dev.carafe.runtime.spec.Hook;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Runs the hooks that belong into the runtime's namespaces, by the front: they are its children.
 */
final class HookRunner {
  private static final int SIGNALLED = 128;
  private static final int SIGKILL = 9;
  private static final int SIGSYS = 31;

  private final Front front;

  HookRunner(Front front) {
    this.front = front;
  }

  /**
   * Runs hooks one after the other, in the bundle's directory.
   *
   * @throws Failure naming the first that fails; those after it do not run
   */
  void run(String point, List<Hook> hooks, ContainerRecord record, String status, int pid)
      throws IOException, Failure {
    for (int i = 0; i < hooks.size(); i++) {
      Hook hook = hooks.get(i);
      Front.HookEnd end =
          front.hook(
              hook,
              record.bundle(),
              ContainerHooks.timeout(hook),
              HookState.text(record, status, pid));
      String problem = problem(hook, end);
      if (!problem.isEmpty()) {
        throw new Failure("error running " + point + " hook #" + i + ": " + problem);
      }
    }
  }

  /** As {@link #run}, but all of them: what fails is only told. */
  void runAll(String point, List<Hook> hooks, ContainerRecord record, Log log) throws IOException {
    for (int i = 0; i < hooks.size(); i++) {
      try {
        run(point, List.of(hooks.get(i)), record, "stopped", 0);
      } catch (Failure e) {
        log.warning(String.valueOf(e.getMessage()).replace("#0", "#" + i));
      }
    }
  }

  private static String problem(Hook hook, Front.HookEnd end) {
    if (end.errno() != 0) {
      return hook.path() + ": " + Errno.of(end.errno()).text().toLowerCase(Locale.ROOT);
    }
    if (end.timedOut()) {
      return "hook ran past specified timeout of " + hook.timeout() + ".0s";
    }
    if (end.code() == 0) {
      return "";
    }
    String how =
        switch (end.code()) {
          case SIGNALLED + SIGKILL -> "signal: killed";
          case SIGNALLED + SIGSYS -> "signal: bad system call";
          default -> "exit status " + end.code();
        };
    return how + ", output: " + end.output().strip();
  }
}
