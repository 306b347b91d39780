package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Hooks;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecException;

/** Valid configurations that no plan can carry out. */
final class Unsupported {
  private Unsupported() {}

  static void check(Spec spec, Linux linux) throws SpecException {
    Namespace mounts = linux.namespace(Namespace.Type.MOUNT);
    if (mounts == null || mounts.path() != null) {
      throw new SpecException(
          "linux.namespaces",
          "no new mount namespace: a container always has one of its own; add {\"type\": \"mount\"}");
    }
    if (!linux.netDevices().isEmpty()) {
      throw new SpecException("linux.netDevices", "moving host network devices is not supported");
    }
    Hooks hooks = spec.hooks();
    if (hooks != null) {
      refuse("hooks.prestart", hooks.prestart().isEmpty());
      refuse("hooks.createRuntime", hooks.createRuntime().isEmpty());
      refuse("hooks.createContainer", hooks.createContainer().isEmpty());
      refuse("hooks.startContainer", hooks.startContainer().isEmpty());
    }
  }

  private static void refuse(String field, boolean absent) throws SpecException {
    if (!absent) {
      throw new SpecException(field, "hooks that run while a container is made are not supported");
    }
  }
}
