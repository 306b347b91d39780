package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.Xattrs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A kernel without SELinux keeps such a label like any other attribute. Needs root. */
final class SeLinuxFilesTest {
  private static final String LABEL = "system_u:object_r:container_file_t:s0:c1,c2";

  @TempDir Path dir;

  /** The label of a file with its final NUL; null for none. */
  static @Nullable String labelOf(Path path) throws IOException {
    try (Fd parent = FileCalls.openDirectory(requireNonNull(path.getParent()))) {
      byte[] value =
          Xattrs.get(
              parent,
              requireNonNull(path.getFileName()).toString().getBytes(StandardCharsets.UTF_8),
              "security.selinux".getBytes(StandardCharsets.UTF_8));
      return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }
  }

  @Test
  void aTreeIsLabelledAndWhatItsLinksLeadToIsNot() throws Exception {
    Path outside = Files.writeString(dir.resolve("outside"), "x");
    Path deep = Files.createDirectories(dir.resolve("volume/a/b"));
    Path file = Files.writeString(deep.resolve("f\u00fcr"), "x");
    Path link = Files.createSymbolicLink(deep.resolve("link"), outside);
    Files.createSymbolicLink(deep.resolve("up"), dir);

    SeLinuxFiles.labelTree(dir.resolve("volume"), LABEL);

    for (Path each : new Path[] {dir.resolve("volume"), deep.getParent(), deep, file, link}) {
      assertThat(labelOf(each)).as(each.toString()).isEqualTo(LABEL + "\0");
    }
    assertThat(labelOf(outside)).isNull();
    assertThat(labelOf(dir)).isNull();
  }

  @Test
  void aDirectoryAloneIsLabelledWithoutWhatIsInIt() throws Exception {
    Path volume = Files.createDirectory(dir.resolve("volume"));
    Path file = Files.writeString(volume.resolve("file"), "x");

    SeLinuxFiles.label(volume, LABEL);

    assertThat(labelOf(volume)).isEqualTo(LABEL + "\0");
    assertThat(labelOf(file)).isNull();
  }

  @Test
  void whatIsGoneAndFileSystemsWithoutLabelsAreNoError() {
    assertThatCode(() -> SeLinuxFiles.labelTree(dir.resolve("gone"), LABEL))
        .doesNotThrowAnyException();
    assertThatCode(() -> SeLinuxFiles.label(Path.of("/proc/self/status"), LABEL))
        .doesNotThrowAnyException();
  }
}
