package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.spec.LinuxResources.Rdma;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The line of rdma.max for one device; the file is the same in both cgroup versions. */
final class RdmaLimit {
  private RdmaLimit() {}

  static Setting setting(Path file, String device, Rdma most) {
    String value =
        "hca_handle=" + number(most.hcaHandles()) + " hca_object=" + number(most.hcaObjects());
    return Setting.keyed(file, device, value, "hca_handle=max hca_object=max");
  }

  private static String number(@Nullable Long most) {
    return most == null ? "max" : Conversions.maxOrNumber(most);
  }
}
