package dev.carafe.agent.rdt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.CarafeConfig.RdtMount;
import dev.carafe.agent.config.CarafeConfig.WhenMissing;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On machines without RDT the kernel refuses the mount, which is the sign that it was tried. */
final class ResctrlMountTest {
  @TempDir private Path scratch;

  private CarafeConfig.Rdt config(RdtMount mount) {
    return new CarafeConfig.Rdt(null, mount, "", scratch.resolve("resctrl"), WhenMissing.TOLERATE);
  }

  private Path filesystems(String type) throws Exception {
    return Files.writeString(scratch.resolve("filesystems"), "nodev\ttmpfs\n\text4\n" + type);
  }

  @Test
  void isLeftAloneWhereItMustNotBeOrIsNotKnown() throws Exception {
    assertThat(ResctrlMount.ensure(config(RdtMount.NEVER), filesystems("nodev\tresctrl\n")))
        .isFalse();
    assertThat(ResctrlMount.ensure(config(RdtMount.AUTO), filesystems("nodev\tnfs\n"))).isFalse();
    assertThat(ResctrlMount.ensure(config(RdtMount.AUTO), scratch.resolve("none"))).isFalse();
  }

  @Test
  void aRefusalOfTheKernelIsNoReasonNotToStart() throws Exception {
    Files.createDirectory(scratch.resolve("resctrl"));
    org.junit.jupiter.api.Assumptions.assumeFalse(
        Files.readString(Path.of("/proc/filesystems")).contains("\tresctrl\n"),
        "SKIP resctrl refused: this machine has it");
    assertThat(ResctrlMount.ensure(config(RdtMount.AUTO), filesystems("nodev\tresctrl\n")))
        .isFalse();
  }
}
