package dev.carafe.runtime.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KernelProbeTest {
  @Test
  void ordersReleasesByNumber() {
    assertThat(KernelVersion.parse("6.12.57+deb13-cloud-amd64"))
        .isEqualTo(new KernelVersion(6, 12))
        .isGreaterThan(new KernelVersion(6, 1))
        .isGreaterThan(KernelVersion.FLOOR);
    assertThatThrownBy(() -> KernelVersion.parse("six")).hasMessageContaining("'six'");
  }

  @Test
  void findsWhatEveryKernelOfTheFloorHas() {
    List<KernelProbe.Feature> features = new KernelProbe(Path.of("/none")).features();
    assertThat(features)
        .filteredOn(KernelProbe.Feature::present)
        .extracting(KernelProbe.Feature::name)
        .contains("openat2", "mount_setattr", "clone3", "pidfd_open")
        .doesNotContain("cgroup v2", "cgroup.kill");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void cgroupKillIsLookedForWhereItWouldBe(boolean present, @TempDir Path cgroup2)
      throws Exception {
    Files.createFile(cgroup2.resolve("cgroup.procs"));
    Path child = Files.createDirectory(cgroup2.resolve("child"));
    if (present) {
      Files.createFile(child.resolve("cgroup.kill"));
    }

    assertThat(new KernelProbe(cgroup2).features())
        .contains(
            new KernelProbe.Feature(
                "cgroup.kill", present, "a cgroup is frozen, signalled and thawed"));
  }

  /** Two worlds of the virtual machine: 6.12 appends layers one by one, 6.1 does not. */
  @Test
  void overlaysOptionIsFoundWhereTheKernelHasIt() {
    List<KernelProbe.Feature> features = new KernelProbe(Path.of("/none")).features();
    assumeTrue("root".equals(System.getProperty("user.name")), "SKIP fsopen: not the superuser");
    assumeTrue(
        features.stream().anyMatch(f -> f.name().equals("overlay") && f.present()),
        "SKIP overlay: this kernel has not loaded it");

    boolean expected = KernelVersion.running().compareTo(new KernelVersion(6, 7)) >= 0;

    assertThat(features)
        .filteredOn(f -> f.name().equals("overlay lowerdir+"))
        .singleElement()
        .returns(expected, KernelProbe.Feature::present);
  }
}
