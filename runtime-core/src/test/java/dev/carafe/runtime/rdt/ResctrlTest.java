package dev.carafe.runtime.rdt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResctrlTest {
  @TempDir private Path dir;

  @BeforeEach
  void nowhereElse() {
    Assumptions.assumeFalse(
        Resctrl.present(Resctrl.DEFAULT_ROOT),
        "SKIP resctrl elsewhere: this machine has it in its usual place");
  }

  @Test
  void isFoundWhereItIsMounted() throws Exception {
    Path mountinfo = dir.resolve("mountinfo");
    Files.writeString(
        mountinfo,
        """
        22 1 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw
        41 22 0:40 / /mnt/a\\040b rw,relatime shared:9 master:1 - resctrl resctrl rw,cdp
        """);
    assertThat(Resctrl.find(mountinfo)).isEqualTo(Path.of("/mnt/a b"));
  }

  @Test
  void isExpectedInItsUsualPlaceOtherwise() throws Exception {
    assertThat(Resctrl.find(Path.of("/proc/self/mountinfo"))).isEqualTo(Resctrl.DEFAULT_ROOT);
  }
}
