package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose directory HOME is, in root directories that somebody else has filled. */
@Timeout(30)
class HomeVariableTest {
  private static final String PASSWD =
      "root:x:0:0::/root:/bin/sh\nme:x:7:7::/home/me:/bin/sh\nnone:x:8:8:::\n";

  @TempDir private Path root;
  private Path passwd;

  @BeforeEach
  void make() throws Exception {
    passwd = Files.createDirectory(root.resolve("etc")).resolve("passwd");
  }

  @Test
  void itIsTheUsersInTheFile() throws Exception {
    Files.writeString(passwd, PASSWD);
    assertThat(Stream.of(0, 7, 8, 9).map(uid -> HomeVariable.of(root, uid)))
        .containsExactly("/root", "/home/me", "/", "/");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/run/passwd", "../run/passwd", "../../../../run/passwd"})
  void linksAreFollowedInTheRoot(String target) throws Exception {
    Files.writeString(Files.createDirectory(root.resolve("run")).resolve("passwd"), PASSWD);
    Files.createSymbolicLink(passwd, Path.of(target));
    assertThat(HomeVariable.of(root, 7)).isEqualTo("/home/me");
  }

  @Test
  void whatIsNoRegularFileIsNotOpened() throws Exception {
    try (Fd etc = FileCalls.openDirectory(root.resolve("etc"))) {
      FileCalls.makeNode(
          etc, "passwd".getBytes(StandardCharsets.US_ASCII), FileCalls.S_IFIFO | 0600, 0, 0);
    }
    assertThat(HomeVariable.of(root, 0)).isEqualTo("/");
  }

  @Test
  void withoutTheFileItIsTheRoot() {
    assertThat(HomeVariable.of(root, 0)).isEqualTo("/");
  }
}
