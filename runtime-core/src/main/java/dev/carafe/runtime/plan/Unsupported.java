package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.SpecException;

/** Valid configurations that no plan can carry out. */
final class Unsupported {
  private Unsupported() {}

  static void check(Linux linux) throws SpecException {
    Namespace mounts = linux.namespace(Namespace.Type.MOUNT);
    if (mounts == null || mounts.path() != null) {
      throw new SpecException(
          "linux.namespaces",
          "no new mount namespace: a container always has one of its own; add {\"type\":"
              + " \"mount\"}");
    }
    if (!linux.netDevices().isEmpty() && linux.namespace(Namespace.Type.USER) != null) {
      throw new SpecException(
          "linux.netDevices",
          "network devices are not moved into a user namespace: leave it, or the devices, out");
    }
  }
}
