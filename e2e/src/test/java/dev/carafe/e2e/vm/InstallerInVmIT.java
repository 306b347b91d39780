package dev.carafe.e2e.vm;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The node manager's installer on Debian's kernel and systemd. Needs root and make dist. */
class InstallerInVmIT {
  private static final Path TREE = VirtualMachine.HOME.resolve("agent/target/dist/carafe");

  /** The machine's root, with three builds in it, is in its memory. */
  private static final String MEMORY_MIB = "4096";

  private static final int SECONDS = 5400;

  @TempDir Path share;

  @BeforeAll
  static void visibleAndAsked() {
    VirtualMachine.assumeVisible();
    VirtualMachine.assumeLong();
    Assumptions.assumeTrue(
        Files.isExecutable(TREE.resolve("bin/carafed")),
        "SKIP dist: no tree in " + TREE + "; make dist makes it");
  }

  @TestFactory
  Stream<DynamicTest> underSystemd() throws Exception {
    return GuestJvm.run(
        // systemd's own patience is for real processors.
        VirtualMachine.SYSTEMD
            .with("--memory", MEMORY_MIB)
            .with("--append", "systemd.default_timeout_start_sec=600"),
        share,
        SECONDS,
        Map.of("carafe.tree", TREE.toString()),
        List.of(InstallerInGuest.class.getName()),
        "nothing");
  }
}
