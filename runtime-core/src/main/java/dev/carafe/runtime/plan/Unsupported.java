package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.SpecException;

/** Valid configurations that no plan can carry out. */
final class Unsupported {
  private Unsupported() {}

  static void check(Linux linux) throws SpecException {
    boolean inUser = linux.namespace(Namespace.Type.USER) != null;
    if (inUser && linux.namespace(Namespace.Type.MOUNT) == null) {
      throw new SpecException(
          "linux.namespaces",
          "a user namespace without a mount namespace: it may not mount anything among the host's"
              + " mounts; add {\"type\": \"mount\"}");
    }
    if (!linux.netDevices().isEmpty() && inUser) {
      throw new SpecException(
          "linux.netDevices",
          "network devices are not moved into a user namespace: leave it, or the devices, out");
    }
  }
}
