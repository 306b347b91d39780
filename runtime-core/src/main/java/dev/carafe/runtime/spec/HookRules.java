package dev.carafe.runtime.spec;

import java.util.List;

/** Rules for hooks. */
final class HookRules {
  private HookRules() {}

  static void check(Hooks hooks, Problems problems) {
    check(hooks.prestart(), "hooks.prestart", problems);
    check(hooks.createRuntime(), "hooks.createRuntime", problems);
    check(hooks.createContainer(), "hooks.createContainer", problems);
    check(hooks.startContainer(), "hooks.startContainer", problems);
    check(hooks.poststart(), "hooks.poststart", problems);
    check(hooks.poststop(), "hooks.poststop", problems);
  }

  private static void check(List<Hook> hooks, String point, Problems problems) {
    for (int i = 0; i < hooks.size(); i++) {
      Hook hook = hooks.get(i);
      String field = point + "[" + i + "]";
      problems.absolute(hook.path(), field + ".path");
      if (hook.timeout() != null) {
        problems.range(hook.timeout(), 1, Integer.MAX_VALUE, field + ".timeout");
      }
    }
  }
}
