package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whose directory HOME is; how the file is found in a hostile root is native/test's. */
class HomeVariableTest {
  private static final String PASSWD =
      "root:x:0:0::/root:/bin/sh\nme:x:7:7::/home/me:/bin/sh\nnone:x:8:8:::\nshort:x:9\n";

  @Test
  void itIsTheUsersInTheFile() {
    assertThat(Stream.of(0, 7, 8, 9).map(uid -> HomeVariable.of(PASSWD, uid)))
        .containsExactly("/root", "/home/me", "/", "/");
  }

  @Test
  void withoutTheFileItIsTheRoot() {
    assertThat(HomeVariable.of("", 0)).isEqualTo("/");
  }
}
