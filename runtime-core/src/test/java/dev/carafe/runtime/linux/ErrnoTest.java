package dev.carafe.runtime.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ErrnoTest {
  @Test
  void describesForPeople() {
    assertThat(Errno.describe(2)).isEqualTo("no such file or directory (ENOENT)");
    assertThat(Errno.describe(4000)).isEqualTo("error number 4000");
    assertThat(Errno.of(28)).isEqualTo(Errno.ENOSPC);
  }

  @Test
  void knowsTheErrorBehindTheJdksExceptions(@TempDir Path dir) {
    assertThat(of(() -> KernelFiles.read(dir.resolve("none")))).isEqualTo(Errno.ENOENT);
    assertThat(of(() -> KernelFiles.read(dir))).isEqualTo(Errno.EISDIR);
    assertThat(of(() -> Files.createDirectory(dir))).isEqualTo(Errno.EEXIST);
    assertThat(of(() -> KernelFiles.write(Path.of("/proc/version"), "x")))
        .isIn(Errno.EACCES, Errno.EIO);
    assertThat(of(() -> KernelFiles.write(Path.of("/proc/self/oom_score_adj"), "x")))
        .isEqualTo(Errno.EINVAL);
  }

  private interface Action {
    void run() throws IOException;
  }

  private static Errno of(Action action) {
    return Errno.of(catchThrowableOfType(IOException.class, action::run));
  }
}
