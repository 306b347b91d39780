package dev.carafe.e2e.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.BusyboxImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The whole agent on Debian's kernels. Needs root. */
class AgentInVmIT {
  private static final String READY = "AgentInGuest.itIsReadyWithinAMinute";
  private static final String APPARMOR =
      "AgentInGuest.containersRunUnderTheDefaultAppArmorProfileAndUnknownOnesAreRefused";
  private static final String SELINUX =
      "AgentInGuest.underSeLinuxAContainerReadsItsPodsFilesAndTheVolumesThatAreRelabelled";

  @TempDir Path share;

  @BeforeAll
  static void visibleAndAsked() {
    VirtualMachine.assumeVisible();
    VirtualMachine.assumeLong();
  }

  @TestFactory
  Stream<DynamicTest> onCgroupV2() throws Exception {
    return agent(VirtualMachine.V2);
  }

  @TestFactory
  Stream<DynamicTest> onCgroupV1() throws Exception {
    return agent(VirtualMachine.V1);
  }

  @TestFactory
  Stream<DynamicTest> onTheOldKernelsCgroupV2() throws Exception {
    return agent(VirtualMachine.OLD_V2);
  }

  @TestFactory
  Stream<DynamicTest> underSeLinux() throws Exception {
    return agent(VirtualMachine.SELINUX);
  }

  @TestFactory
  Stream<DynamicTest> underSystemd() throws Exception {
    return agent(VirtualMachine.SYSTEMD);
  }

  private Stream<DynamicTest> agent(VirtualMachine machine) throws Exception {
    Path layout = Files.createDirectories(share.resolve("layout"));
    Path archive = share.resolve("busybox.tar");
    BusyboxImage.write(archive, AgentInGuest.IMAGE);
    assertThat(Command.run("tar", "-xf", archive.toString(), "-C", layout.toString()))
        .isEqualTo(new Command(0, "", ""));
    String load = Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
    return GuestJvm.run(
        machine,
        share,
        Map.of("carafe.layout", layout.toString(), "carafe.host.load", load),
        List.of(AgentInGuest.class.getName()),
        machine.equals(VirtualMachine.SELINUX) ? READY + "|" + APPARMOR : READY + "|" + SELINUX);
  }
}
