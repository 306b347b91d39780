package dev.carafe.e2e.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.BusyboxImage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real kubelet with cgroup v2, on Debian's kernel: {@code e2e/vm/kubelet} says what is looked
 * at. Needs root and make dist.
 */
class KubeletInVmIT {
  private static final Path TREE = VirtualMachine.HOME.resolve("agent/target/dist/carafe");
  private static final Path KUBELET = VirtualMachine.HOME.resolve("e2e/target/kubelet/kubelet");
  private static final String MEMORY_MIB = "2048";

  /** Ends what hangs. */
  private static final int SECONDS = 2400;

  @TempDir Path share;

  @BeforeAll
  static void visibleAndAsked() throws Exception {
    VirtualMachine.assumeVisible();
    VirtualMachine.assumeLong();
    Assumptions.assumeTrue(
        Files.isExecutable(TREE.resolve("bin/carafed")),
        "SKIP dist: no tree in " + TREE + "; make dist makes it");
    // Here, for emulation would take hours for it.
    Command built =
        Command.run(
            VirtualMachine.HOME.resolve("e2e/kubelet/build").toString(),
            KUBELET.resolveSibling("").toString());
    Assumptions.assumeTrue(built.exit() != 3, built.stderr().strip());
    assertThat(built.exit()).as(built.stderr()).isZero();
  }

  @Test
  void withCgroupfs() throws Exception {
    runsItsPod(VirtualMachine.V2);
  }

  @Test
  void underSystemd() throws Exception {
    runsItsPod(VirtualMachine.SYSTEMD);
  }

  private void runsItsPod(VirtualMachine machine) throws Exception {
    Path image = share.resolve("busybox.tar");
    BusyboxImage.write(image, "localhost/busybox:kubelet");
    Command done =
        machine
            .with("--memory", MEMORY_MIB)
            .run(
                share,
                SECONDS,
                VirtualMachine.HOME.resolve("e2e/vm/kubelet").toString(),
                TREE.toString(),
                KUBELET.toString(),
                image.toString());
    assertThat(done.exit()).as(done.stdout() + done.stderr()).isZero();
    assertThat(done.stdout()).contains("ok it goes with its manifest");
  }
}
