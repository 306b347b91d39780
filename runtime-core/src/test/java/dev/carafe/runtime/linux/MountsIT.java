package dev.carafe.runtime.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Needs root. */
final class MountsIT {
  @TempDir private Path dir;

  @Test
  void aFileSystemIsMountedWithItsOptionsAndDetached() throws Exception {
    Mounts.mount("tmpfs", dir, "size=64k");
    try {
      assertThat(Files.readAllLines(Path.of("/proc/mounts")))
          .anyMatch(line ->
              line.startsWith("tmpfs " + dir + " tmpfs rw,nosuid,nodev,noexec")
                  && line.contains("size=64k"));
    } finally {
      Mounts.detach(dir);
    }
    assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(" " + dir + " ");
  }

  @Test
  void aRefusalNamesWhatWasAskedFor() {
    assertThatThrownBy(() -> Mounts.mount("nothing", dir, "a=b"))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("mount nothing on " + dir);
  }
}
