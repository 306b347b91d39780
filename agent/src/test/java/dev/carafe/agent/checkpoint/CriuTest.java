package dev.carafe.agent.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CriuTest {
  @TempDir Path dir;

  /** A program in CRIU's place. */
  private Criu saying(String script) throws IOException {
    Path program = Files.writeString(dir.resolve("criu"), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return new Criu(program.toString());
  }

  @Test
  void oneThatWorksIsFine() throws IOException {
    Criu criu = saying("[ \"$1\" = check ] && echo 'Looks good.'");
    assertThatCode(criu::require).doesNotThrowAnyException();
  }

  @Test
  void itsErrorsAreTheReason() throws IOException {
    Criu criu =
        saying(
            """
            echo 'Warn  (criu/kerndat.c:1): old'
            echo 'Error (criu/cr-check.c:746): Kernel has no CONFIG_X' >&2
            echo 'Error (criu/tun.c:85): tun: Unable to create tun' >&2; exit 1
            """);
    assertThatThrownBy(criu::require)
        .isInstanceOfSatisfying(
            Failure.class, f -> assertThat(f.kind()).isEqualTo(Failure.Kind.WRONG_STATE))
        .hasMessageEndingWith(
            "check\" fails on this node: Kernel has no CONFIG_X; tun: Unable to create tun");
  }

  @Test
  void oneThatIsNotThereOrSaysNothingIsSaidSo() throws IOException {
    assertThatThrownBy(saying("exit 3")::require).hasMessageEndingWith("it exits with 3");
    assertThatThrownBy(new Criu("/none/such/criu")::require)
        .isInstanceOf(Failure.class)
        .hasMessageContaining("it cannot be run")
        .hasMessageContaining("/none/such/criu");
  }
}
