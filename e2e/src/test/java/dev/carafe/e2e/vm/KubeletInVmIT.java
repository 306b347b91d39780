package dev.carafe.e2e.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.Command;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The real kubelet's suite with cgroup v2, on Debian's kernel. Needs root. */
class KubeletInVmIT {
  /** A kubelet, its agent and the test's JVM. */
  private static final String MEMORY_MIB = "3072";

  private static final int SECONDS = 1800;

  @TempDir Path share;

  @BeforeAll
  static void visibleAndAsked() throws Exception {
    VirtualMachine.assumeVisible();
    VirtualMachine.assumeLong();
    // Built here, for emulation would take hours for it.
    build("e2e/kubelet/build", "e2e/target/kubelet");
    build("e2e/images/build", "e2e/target/images");
  }

  private static void build(String program, String out) throws Exception {
    Command built =
        Command.run(
            VirtualMachine.HOME.resolve(program).toString(),
            VirtualMachine.HOME.resolve(out).toString());
    Assumptions.assumeTrue(built.exit() != 3, built.stderr().strip());
    assertThat(built.exit()).as(built.stderr()).isZero();
  }

  @TestFactory
  Stream<DynamicTest> withCgroupfs() throws Exception {
    return kubelet(VirtualMachine.V2);
  }

  @TestFactory
  Stream<DynamicTest> underSystemd() throws Exception {
    return kubelet(VirtualMachine.SYSTEMD);
  }

  private Stream<DynamicTest> kubelet(VirtualMachine machine) throws Exception {
    return GuestJvm.run(
        machine.with("--memory", MEMORY_MIB),
        share,
        SECONDS,
        Map.of("carafe.long", "true", "carafe.vm", "true"),
        List.of("dev.carafe.e2e.cri.RealKubeletIT"),
        "nothing");
  }
}
