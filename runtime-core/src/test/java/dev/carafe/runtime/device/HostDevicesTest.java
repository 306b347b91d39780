package dev.carafe.runtime.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostDevicesTest {
  @Test
  void aNodeBecomesANodeAndARule() {
    DeviceGrant grant = HostDevices.expand(Path.of("/dev/null"), "/dev/nothing", "rw");
    assertThat(grant.devices())
        .containsExactly(new Device("/dev/nothing", Device.Type.CHAR, 1, 3, 0666, 0L, 0L));
    assertThat(grant.rules()).containsExactly(new DeviceRule(true, Device.Type.CHAR, 1L, 3L, "rw"));
  }

  @Test
  void aLinkToANodeIsTheNode(@TempDir Path dir) throws Exception {
    Path link = Files.createSymbolicLink(dir.resolve("zero"), Path.of("/dev/zero"));
    DeviceGrant grant = HostDevices.expand(link, "/dev/z", "");
    assertThat(grant.devices()).extracting(Device::minor).containsExactly(5L);
    assertThat(grant.rules()).extracting(DeviceRule::access).containsExactly("rwm");
  }

  @Test
  void aDirectoryGivesItsNodesAndNothingElse() {
    DeviceGrant grant = HostDevices.expand(Path.of("/dev"), "/dev/host", "rwm");
    assertThat(grant.devices())
        .extracting(Device::path)
        .contains("/dev/host/null", "/dev/host/zero")
        .doesNotContain("/dev/host/stdin", "/dev/host/fd")
        .noneMatch(path -> path.startsWith("/dev/host/pts/"));
    assertThat(grant.rules()).hasSameSizeAs(grant.devices());
  }

  @ParameterizedTest
  @CsvSource({"/none/x, no such file", "/etc/passwd, neither a device"})
  void whatIsNoDeviceIsNamed(Path path, String words) {
    assertThatThrownBy(() -> HostDevices.expand(path, "/dev/x", ""))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining(words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "rr", "rwmr", "R"})
  void lettersAreRWAndM(String access) {
    assertThatThrownBy(() -> HostDevices.expand(Path.of("/dev/null"), "/dev/x", access))
        .hasMessageContaining("'" + access + "'");
  }

  @Test
  void largeNumbersAreSplitAsTheCLibraryDoes() {
    long rdev = 0x0000_1234_5670_0abcL;
    assertThat(HostDevices.major(rdev)).isEqualTo(0x100aL);
    assertThat(HostDevices.minor(rdev)).isEqualTo(0x234567bcL);
  }
}
