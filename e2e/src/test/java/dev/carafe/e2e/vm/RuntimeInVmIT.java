package dev.carafe.e2e.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.Command;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The launcher's and runtime-core's integration tests on Debian's kernels: 6.12 with cgroup v2, and
 * 6.1, which still has v1's memory controller. Needs root. One boot a test; a machine's processors
 * take turns, so what is slow runs beside what is slow.
 */
class RuntimeInVmIT {

  private static final String CORE = "dev.carafe.runtime.";
  private static final List<String> SHORT =
      List.of(
          CORE + "linux.KernelProbeTest",
          CORE + "cgroup.CgroupIT",
          CORE + "lsm.AppArmorIT",
          CORE + "plan.ContainerPlanIT",
          CORE + "plan.ExecPlanIT",
          CORE + "plan.PodPlanIT",
          CORE + "plan.PlacedPlanIT",
          CORE + "shim.ShimCgroupIT");
  private static final List<String> LONG =
      List.of(
          CORE + "cli.RealCriuIT",
          CORE + "seccomp.DefaultProfileIT",
          CORE + "seccomp.SeccompCompilerIT",
          CORE + "shim.ShimHostIT",
          CORE + "shim.ShimLifecycleIT");

  /** Tests of a hierarchy that the machine does not have. */
  private static final String NO_V1 = "ShimCgroupIT\\..* (hierarchy = )?\"?(freezer|memory)\\b.*";

  private static final String NO_V2_MEMORY =
      "ShimCgroupIT\\.(oomKillsAreCounted|theCounterStaysWhenItsCgroupVanishes) .*unified.*";

  @TempDir Path share;

  @BeforeAll
  static void visible() {
    VirtualMachine.assumeVisible();
  }

  @ParameterizedTest
  @ValueSource(strings = {"6.12", "6.1"})
  void launcher(String kernel) throws Exception {
    VirtualMachine machine = kernel.equals("6.12") ? VirtualMachine.V2 : VirtualMachine.OLD_V2;
    String folder = VirtualMachine.HOME.resolve("native").toString();
    Command made = Command.run("make", "-s", "-C", folder, "target/test/launcher-test");
    assertThat(made.exit()).as(made.stderr()).isZero();
    Command result = machine.run(share, 240, folder + "/test/in-vm", folder);
    assertThat(result.stdout())
        .startsWith("# kernel " + kernel + ".")
        .doesNotContain("not ok")
        .containsPattern("\\n[1-9]\\d* passed, 0 failed, 0 skipped\\n$");
    assertThat(result.exit()).isZero();
  }

  @Execution(ExecutionMode.CONCURRENT)
  @TestFactory
  Stream<DynamicTest> runtimeOnCgroupV2() throws Exception {
    return GuestJvm.run(VirtualMachine.V2, share, Map.of(), SHORT, NO_V1);
  }

  @TestFactory
  Stream<DynamicTest> runtimeOnCgroupV1() throws Exception {
    VirtualMachine.assumeLong();
    return GuestJvm.run(VirtualMachine.V1, share, Map.of(), SHORT, NO_V2_MEMORY);
  }

  @Execution(ExecutionMode.CONCURRENT)
  @TestFactory
  Stream<DynamicTest> runtimeUnderSystemd() throws Exception {
    return GuestJvm.run(
        VirtualMachine.SYSTEMD,
        share,
        Map.of(),
        List.of(CORE + "cgroup.SystemdCgroupDriverIT", CORE + "dbus.DBusConnectionIT"),
        "");
  }

  /** Each of its commands starts a JVM, which takes seconds here. */
  @TestFactory
  Stream<DynamicTest> commandLineUnderSystemd() throws Exception {
    VirtualMachine.assumeLong();
    return GuestJvm.run(
        VirtualMachine.SYSTEMD,
        share,
        Map.of(),
        List.of(CORE + "cli.SystemdCommandLineIT", CORE + "cli.RealCriuIT"),
        "");
  }

  @TestFactory
  Stream<DynamicTest> labelsUnderSeLinux() throws Exception {
    VirtualMachine.assumeLong();
    return GuestJvm.run(
        VirtualMachine.SELINUX, share, Map.of(), List.of(CORE + "plan.SeLinuxPlanIT"), "");
  }

  @TestFactory
  Stream<DynamicTest> runtimeOnTheOldKernelsCgroupV2() throws Exception {
    VirtualMachine.assumeLong();
    return GuestJvm.run(VirtualMachine.OLD_V2, share, Map.of(), SHORT, NO_V1);
  }

  @TestFactory
  Stream<DynamicTest> shimAndSeccompOnCgroupV2() throws Exception {
    VirtualMachine.assumeLong();
    return GuestJvm.run(VirtualMachine.V2, share, Map.of(), LONG, "");
  }

  @TestFactory
  Stream<DynamicTest> shimAndSeccompOnCgroupV1() throws Exception {
    VirtualMachine.assumeLong();
    return GuestJvm.run(VirtualMachine.V1, share, Map.of(), LONG, "");
  }
}
