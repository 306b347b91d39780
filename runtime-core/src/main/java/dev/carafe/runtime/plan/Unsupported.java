package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.SpecException;

/** Valid configurations that no plan can carry out. */
final class Unsupported {
  private Unsupported() {}

  static void check(Linux linux, Privilege privilege) throws SpecException {
    boolean inUser = linux.namespace(Namespace.Type.USER) != null;
    if (inUser && linux.namespace(Namespace.Type.MOUNT) == null) {
      throw new SpecException(
          "linux.namespaces",
          "a user namespace without a mount namespace: it may not mount anything among the host's"
              + " mounts; add {\"type\": \"mount\"}");
    }
    if (!linux.netDevices().isEmpty() && inUser && !privilege.ofHost()) {
      throw new SpecException(
          "linux.netDevices",
          "network devices are not supported in rootless containers: only the host's root may move"
              + " its own into a user namespace");
    }
  }
}
