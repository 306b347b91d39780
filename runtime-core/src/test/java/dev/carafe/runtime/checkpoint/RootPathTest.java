package dev.carafe.runtime.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootPathTest {
  @TempDir Path root;

  @Test
  void linksNeverLeaveTheRoot() throws Exception {
    Files.createDirectories(root.resolve("run/lock"));
    Files.createDirectories(root.resolve("var"));
    Files.createSymbolicLink(root.resolve("var/run"), Path.of("/run"));
    Files.createSymbolicLink(root.resolve("var/up"), Path.of("../../../../run"));
    assertThat(RootPath.resolve(root, "/var/run/lock")).isEqualTo(Path.of("/run/lock"));
    assertThat(RootPath.resolve(root, "/var/up/lock")).isEqualTo(Path.of("/run/lock"));
    assertThat(RootPath.resolve(root, "/../../etc/x")).isEqualTo(Path.of("/etc/x"));
    assertThat(RootPath.resolve(root, "/none/./such")).isEqualTo(Path.of("/none/such"));
    Files.createSymbolicLink(root.resolve("a"), Path.of("b"));
    Files.createSymbolicLink(root.resolve("b"), Path.of("a"));
    assertThatThrownBy(() -> RootPath.resolve(root, "/a"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("too many links");
  }

  private static Spec spec(String mounts, String linux) throws Exception {
    return SpecReader.parse(
        """
        {"ociVersion": "1.3.0", "root": {"path": "rootfs"}, "mounts": [%s], "linux": {%s}}
        """
            .formatted(mounts, linux)
            .getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void whatIsBoundAndWhatIsMaskedIsExternal() throws Exception {
    Files.createDirectories(root.resolve("proc/acpi"));
    Files.createFile(root.resolve("proc/keys"));
    Files.createDirectories(root.resolve("run"));
    Files.createDirectories(root.resolve("var"));
    Files.createSymbolicLink(root.resolve("var/run"), Path.of("/run"));
    Spec spec =
        spec(
            """
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/var/run/data", "type": "bind", "source": "/srv/data",
             "options": ["rbind"]}
            """,
            """
            "maskedPaths": ["/proc/keys", "/proc/acpi", "/proc/none"]
            """);
    assertThat(ExternalMounts.saved(spec, java.util.List.of(), root))
        .containsEntry("/run/data", "/run/data")
        .containsEntry("/proc/keys", "/dev/null")
        .hasSize(2);
    assertThat(ExternalMounts.restored(spec, java.util.List.of(), root))
        .containsEntry("/run/data", "/srv/data")
        .containsEntry("/dev/null", "/dev/null")
        .hasSize(2);
  }

  @Test
  void mountPointsAreMadeWhereNoOtherMountBringsThem() throws Exception {
    Path file = Files.createFile(root.resolve("source"));
    Path rootfs = Files.createDirectory(root.resolve("rootfs"));
    Spec spec =
        spec(
            """
            {"destination": "/dev", "type": "tmpfs"},
            {"destination": "/dev/pts", "type": "devpts"},
            {"destination": "/etc/hosts", "type": "bind", "source": "%s"}
            """
                .formatted(file),
            "");
    MountPoints.make(rootfs, spec);
    assertThat(rootfs.resolve("dev")).isEmptyDirectory();
    assertThat(rootfs.resolve("etc/hosts")).isEmptyFile();
    MountPoints.make(rootfs, spec);
  }

  @Test
  void descriptorsAreThreeLinks() throws Exception {
    Descriptors.save((int) ProcessHandle.current().pid(), root);
    assertThat(Descriptors.load(root)).hasSize(3).noneMatch(String::isEmpty);
    Files.writeString(root.resolve("descriptors.json"), "[\"/dev/null\"]");
    assertThatThrownBy(() -> Descriptors.load(root)).hasMessageContaining("names 1 descriptors");
    Files.delete(root.resolve("descriptors.json"));
    assertThatThrownBy(() -> Descriptors.load(root))
        .isInstanceOf(CriuException.class)
        .hasMessageContaining("expected a checkpoint of a container there");
  }
}
