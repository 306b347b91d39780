package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DeviceAccessTest {
  private static final DeviceRule NONE = new DeviceRule(false, Device.Type.ALL, null, null, "rwm");

  @TempDir Path dir;

  private static DeviceAccess of(String host, String inside, String permissions) {
    return DeviceAccess.of(
        List.of(
            dev.carafe.cri.v1.Device.newBuilder()
                .setHostPath(host)
                .setContainerPath(inside)
                .setPermissions(permissions)
                .build()),
        false,
        Path.of("/dev"));
  }

  private static DeviceRule allow(int major, int minor, String access) {
    return new DeviceRule(true, Device.Type.CHAR, (long) major, (long) minor, access);
  }

  private void node(Path directory, String name, int type, int major, int minor)
      throws IOException {
    Assumptions.assumeTrue(
        "root".equals(System.getProperty("user.name")), "SKIP mknod: making nodes needs root");
    Files.createDirectories(directory);
    try (Fd fd = FileCalls.openDirectory(directory)) {
      FileCalls.makeNode(fd, name.getBytes(StandardCharsets.US_ASCII), type, major, minor);
    }
  }

  @Test
  void nothingIsAllowedWithoutAWord() {
    DeviceAccess none = DeviceAccess.of(List.of(), false, Path.of("/dev"));
    assertThat(none.nodes()).isEmpty();
    assertThat(none.rules()).containsExactly(NONE);
  }

  @Test
  void oneNode() {
    DeviceAccess devices = of("/dev/null", "/dev/mine", "rw");
    assertThat(devices.rules()).containsExactly(NONE, allow(1, 3, "rw"));
    assertThat(devices.nodes())
        .singleElement()
        .satisfies(node -> {
          assertThat(node.path()).isEqualTo("/dev/mine");
          assertThat(node.type()).isEqualTo(Device.Type.CHAR);
          assertThat(node.major()).isEqualTo(1);
          assertThat(node.minor()).isEqualTo(3);
          assertThat(node.fileMode()).isEqualTo(0666);
        });
  }

  @Test
  void aDirectoryIsAllThatIsInIt() throws IOException {
    node(dir.resolve("sub"), "a", FileCalls.S_IFCHR | 0600, 511, 70_000);
    node(dir, "b", FileCalls.S_IFBLK | 0640, 7, 300);
    Files.writeString(dir.resolve("file"), "no device");
    Files.createSymbolicLink(dir.resolve("link"), Path.of("b"));
    DeviceAccess devices = of(dir.toString(), "/dev/x/", "");
    assertThat(devices.nodes())
        .containsExactly(
            new Device("/dev/x/b", Device.Type.BLOCK, 7, 300, 0640, 0L, 0L),
            new Device("/dev/x/sub/a", Device.Type.CHAR, 511, 70_000, 0600, 0L, 0L));
    assertThat(devices.rules())
        .containsExactly(
            NONE,
            new DeviceRule(true, Device.Type.BLOCK, 7L, 300L, "rwm"),
            new DeviceRule(true, Device.Type.CHAR, 511L, 70_000L, "rwm"));
  }

  @Test
  void aPrivilegedContainerHasTheHosts() throws IOException {
    node(dir, "kmsg", FileCalls.S_IFCHR | 0600, 1, 11);
    node(dir, "null", FileCalls.S_IFCHR | 0666, 1, 3);
    node(dir.resolve("pts"), "0", FileCalls.S_IFCHR | 0600, 136, 0);
    DeviceAccess devices = DeviceAccess.of(List.of(), true, dir);
    assertThat(devices.nodes()).extracting(Device::path).containsExactly("/dev/kmsg");
    assertThat(devices.rules())
        .containsExactly(new DeviceRule(true, Device.Type.ALL, null, null, "rwm"));
  }

  @ParameterizedTest(name = "{0} as {1} with {2}")
  @CsvSource(
      quoteCharacter = '|',
      value = {
        "/dev/null,      /dev/x, rx,  devices[0]: device /dev/null: permissions 'rx'",
        "/dev/null,      /dev/x, rr,  devices[0]: device /dev/null: permissions 'rr'",
        "dev/null,       /dev/x, r,   devices[0].host_path: \"dev/null\"",
        "/dev/null,      dev/x,  r,   devices[0].container_path: \"dev/x\"",
        "/etc/passwd,    /dev/x, r,   devices[0]: device /etc/passwd is neither",
        "/dev/not-there, /dev/x, r,   devices[0]: device /dev/not-there: no such file",
      })
  void refused(String host, String inside, String permissions, String message) {
    assertThatThrownBy(() -> of(host, inside, permissions)).hasMessageContaining(message);
  }
}
