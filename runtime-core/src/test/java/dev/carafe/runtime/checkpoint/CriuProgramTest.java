package dev.carafe.runtime.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CriuProgramTest {
  @TempDir Path dir;

  /** A program in CRIU's place. */
  private CriuProgram saying(String script) throws IOException {
    Path program = Files.writeString(dir.resolve("criu"), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return new CriuProgram(program.toString());
  }

  @Test
  void oneThatWorksHasNoComplaint() throws Exception {
    assertThat(saying("[ \"$1\" = check ] && echo 'Looks good.'").complaint("/none")).isEmpty();
  }

  @Test
  void itsErrorsAreTheReason() throws Exception {
    CriuProgram criu =
        saying(
            """
            echo 'Warn  (criu/kerndat.c:1): old'
            echo 'Error (criu/cr-check.c:746): Kernel has no CONFIG_X' >&2
            echo 'Error (criu/tun.c:85): tun: Unable to create tun' >&2; exit 1
            """);
    assertThat(criu.complaint("/none"))
        .isEqualTo("Kernel has no CONFIG_X; tun: Unable to create tun");
  }

  @Test
  void oneThatIsNotThereOrSaysNothingIsSaidSo() throws Exception {
    assertThat(saying("exit 3").complaint("/none")).isEqualTo("it exits with 3");
    assertThat(new CriuProgram("/none/such/criu").complaint("/none"))
        .contains("not found in /none")
        .contains("/none/such/criu");
  }

  @Test
  void itIsFoundByPathOrItsOwn() throws Exception {
    String program = saying("true").name();
    assertThat(new CriuProgram("criu").command("/none:" + dir)).containsExactly(program, "swrk");
    assertThat(new CriuProgram(program).command("/none")).containsExactly(program, "swrk");
    assertThatThrownBy(() -> new CriuProgram("criu").command("/none:relative"))
        .isInstanceOf(CriuException.class)
        .hasMessageContaining("not found in /none:relative");
  }
}
