package dev.carafe.runtime.plan;

import java.util.List;

/** Contexts of tests. */
final class PlanFixtures {
  private PlanFixtures() {}

  static LaunchContext context(Rootfs rootfs) {
    return new LaunchContext(
        "c1",
        "/bundle",
        rootfs,
        Placement.INHERITED,
        List.of(),
        null,
        LaunchContext.ALL_CAPABILITIES,
        true,
        false);
  }

  /** The context that belongs to a golden file. */
  static LaunchContext context(String golden) {
    return switch (golden) {
      default -> context(new Rootfs.Directory("/bundle/rootfs"));
    };
  }
}
