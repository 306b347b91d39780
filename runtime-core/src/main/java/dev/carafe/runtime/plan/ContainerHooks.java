package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Hook;
import dev.carafe.runtime.spec.Hooks;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The hooks that run in a container's namespaces, and what they read.
 *
 * @param createContainer before the root changes
 * @param startContainer just before the program
 * @param creating the state that the first get, cut where the pid belongs
 * @param created the state that the others get, cut likewise
 */
public record ContainerHooks(
    List<Hook> createContainer,
    List<Hook> startContainer,
    List<String> creating,
    List<String> created) {
  /** No hooks. */
  public static final ContainerHooks NONE =
      new ContainerHooks(List.of(), List.of(), List.of(), List.of());

  private static final long MS = 1000;
  private static final long NO_LIMIT = 0;

  public ContainerHooks {
    createContainer = List.copyOf(createContainer);
    startContainer = List.copyOf(startContainer);
    creating = List.copyOf(creating);
    created = List.copyOf(created);
  }

  /** Of a configuration that may have none. */
  public static ContainerHooks of(
      @Nullable Hooks hooks, List<String> creating, List<String> created) {
    return hooks == null
        ? NONE
        : new ContainerHooks(hooks.createContainer(), hooks.startContainer(), creating, created);
  }

  /** A hook's time, ms; 0 is no limit. */
  public static long timeout(Hook hook) {
    Integer seconds = hook.timeout();
    return seconds == null ? NO_LIMIT : Math.min(Objects.requireNonNull(seconds) * MS, 0xffffffffL);
  }

  /** They begin in the root, for callers have come to rely on it with runc. */
  void create(PlanBuilder plan, int root, List<String> env) {
    if (!createContainer.isEmpty()) {
      plan.add(new Op.Chdir(root));
    }
    add(plan, "createContainer", createContainer, env, creating);
  }

  void start(PlanBuilder plan, List<String> env) {
    add(plan, "startContainer", startContainer, env, created);
  }

  /** A hook without an environment has the process's. */
  private static void add(
      PlanBuilder plan, String point, List<Hook> hooks, List<String> env, List<String> state) {
    for (int i = 0; i < hooks.size(); i++) {
      Hook hook = hooks.get(i);
      plan.add(
          new Op.Hook(
              point + " hook #" + i,
              hook.path(),
              hook.args().isEmpty() ? List.of(hook.path()) : hook.args(),
              hook.env().isEmpty() ? env : hook.env(),
              timeout(hook),
              state));
    }
  }
}
