package dev.carafe.agent.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import dev.carafe.runtime.spec.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CdiRegistryTest {
  @TempDir Path dir;
  private Path weak;
  private Path strong;
  private CdiRegistry registry;

  @BeforeEach
  void directories() throws IOException {
    weak = Files.createDirectory(dir.resolve("etc"));
    strong = Files.createDirectory(dir.resolve("run"));
    registry = new CdiRegistry(List.of(weak, strong, dir.resolve("absent")));
  }

  private static void write(Path directory, String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  @Test
  void commonEditsComeOnceAndBeforeTheDevices() throws IOException {
    write(
        weak,
        "gpu.yaml",
        """
        cdiVersion: 0.6.0
        kind: vendor.com/gpu
        annotations: {note: free}
        containerEdits:
          env: [DRIVER=1]
          mounts:
          - {hostPath: /srv/lib, containerPath: /usr/lib/gpu, options: [ro, nosuid]}
          additionalGids: [0, 44]
        devices:
        - name: "0"
          containerEdits:
            env: [FIRST=yes]
            deviceNodes:
            - {path: /dev/gpu0, hostPath: /dev/null, permissions: rw, uid: 7}
        - name: all
          containerEdits:
            deviceNodes:
            - {path: /dev/raw, type: b, major: 250, minor: 3, fileMode: 432}
        """);

    CdiEdits edits = registry.resolve(List.of("vendor.com/gpu=0", "vendor.com/gpu=all"));

    assertThat(edits.env()).containsExactly("DRIVER=1", "FIRST=yes");
    assertThat(edits.groups()).containsExactly(44L);
    assertThat(edits.mounts())
        .containsExactly(
            new Mount("/usr/lib/gpu", "bind", "/srv/lib", List.of("ro", "nosuid", "rbind")));
    assertThat(edits.devices())
        .containsExactly(
            new Device("/dev/gpu0", Device.Type.CHAR, 1, 3, 0666, 7L, null),
            new Device("/dev/raw", Device.Type.BLOCK, 250, 3, 0660, null, null));
    assertThat(edits.rules())
        .containsExactly(
            new DeviceRule(true, Device.Type.CHAR, 1L, 3L, "rw"),
            new DeviceRule(true, Device.Type.BLOCK, 250L, 3L, "rwm"));
  }

  private static String json(String env) {
    return """
    {"cdiVersion":"0.5.0","kind":"a.b/c",\
    "devices":[{"name":"d","containerEdits":{"env":["%s"]}}]}\
    """
        .formatted(env);
  }

  @Test
  void theLaterDirectoryWins() throws IOException {
    write(weak, "one.json", json("FROM=weak"));
    write(strong, "two.json", json("FROM=strong"));
    assertThat(registry.resolve(List.of("a.b/c=d")).env()).containsExactly("FROM=strong");
  }

  @Test
  void twoFilesOfOneDirectoryCancelEachOther() throws IOException {
    write(weak, "one.json", json("FROM=one"));
    write(weak, "two.json", json("FROM=two"));
    assertThatThrownBy(() -> registry.resolve(List.of("a.b/c=d")))
        .hasMessageContaining("no file in [")
        .hasMessageContaining("a.b/c=d is described by ")
        .hasMessageContaining("one.json")
        .hasMessageContaining("two.json");
  }

  @Test
  void aWrongFileIsNamedWhenADeviceIsMissing() throws IOException {
    write(weak, "bad.json", "{\"kind\": \"a.b/c\", \"surprise\": 1}");
    write(weak, "worse.yaml", "kind: [");
    write(weak, "none.yaml", "kind: nothing");
    write(weak, "ignored.txt", "kind: [");
    assertThatThrownBy(() -> registry.resolve(List.of("a.b/c=d")))
        .isInstanceOfSatisfying(
            Failure.class, f -> assertThat(f.kind()).isEqualTo(Failure.Kind.INVALID))
        .hasMessageContaining("describes the device \"a.b/c=d\"; known are []")
        .hasMessageContaining("bad.json cannot be read")
        .hasMessageContaining("worse.yaml cannot be read")
        .hasMessageContaining("none.yaml has no kind of the form VENDOR/CLASS")
        .hasMessageNotContaining("ignored.txt");
    assertThat(registry.resolve(List.of())).isEqualTo(CdiEdits.NONE);
    assertThatThrownBy(() -> registry.resolve(List.of("gpu")))
        .hasMessageContaining("\"gpu\"; expected VENDOR/CLASS=NAME");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hooks: [{hookName: createContainer, path: /bin/x}] | UNIMPLEMENTED | asks for hooks"
            + " (/bin/x)",
        "netDevices: [{hostInterfaceName: eth1, name: e}] | UNIMPLEMENTED | asks for netDevices",
        "intelRdt: {closID: x} | UNIMPLEMENTED | asks for intelRdt",
        "env: [NOVALUE] | INVALID | env: \"NOVALUE\"; expected NAME=VALUE",
        "deviceNodes: [{path: dev/x}] | INVALID | path \"dev/x\"; expected an absolute path",
        "deviceNodes: [{path: /dev/none-such}] | INVALID | /dev/none-such: no such file",
        "deviceNodes: [{path: /dev/x, type: z, major: 1}] | INVALID | type \"z\" of /dev/x",
        "mounts: [{hostPath: '', containerPath: /x}] | INVALID | expected a hostPath",
      })
  void whatCannotBeGivenIsNamed(String edits, Failure.Kind kind, String message)
      throws IOException {
    write(
        weak,
        "x.yaml",
        "kind: a.b/c\ndevices: [{name: d, containerEdits: {" + edits.strip() + "}}]\n");
    assertThatThrownBy(() -> registry.resolve(List.of("a.b/c=d")))
        .isInstanceOfSatisfying(Failure.class, f -> assertThat(f.kind()).isEqualTo(kind))
        .hasMessageContaining("CDI device a.b/c=d (")
        .hasMessageContaining(message);
  }
}
