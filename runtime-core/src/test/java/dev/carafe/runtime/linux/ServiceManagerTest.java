package dev.carafe.runtime.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Datagrams to a socket that perl, which every Debian has, listens on: Java has none of these. */
final class ServiceManagerTest {
  private static final String LISTEN =
      """
      use Socket; $| = 1; socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
      my $a = $ARGV[0]; $a =~ s/^@/\\0/; bind($s, pack('S a*', AF_UNIX, $a)) or die;
      print "ready\\n"; recv($s, my $got, 100, 0); print "$got\\n";
      """;

  @TempDir private Path directory;

  private String heard(String address) throws IOException {
    Process perl = new ProcessBuilder("perl", "-e", LISTEN, address).start();
    try (BufferedReader said = perl.inputReader()) {
      assertThat(said.readLine()).isEqualTo("ready");
      new ServiceManager(address).tell("READY=1");
      return said.readLine();
    } finally {
      perl.destroyForcibly();
    }
  }

  @Test
  void pathsAndAbstractNames() throws Exception {
    assertThat(heard(directory.resolve("notify").toString())).isEqualTo("READY=1");
    assertThat(heard("@carafe-test-" + ProcessHandle.current().pid())).isEqualTo("READY=1");
  }

  @Test
  void nobodyListens() {
    assertThatCode(() -> new ServiceManager(null).tell("READY=1")).doesNotThrowAnyException();
    assertThatCode(() -> new ServiceManager("").tell("READY=1")).doesNotThrowAnyException();
  }

  @Test
  void failuresNameTheAddress() {
    String gone = directory.resolve("gone").toString();
    assertThatThrownBy(() -> new ServiceManager(gone).tell("READY=1")).hasMessageContaining(gone);
    assertThatThrownBy(() -> new ServiceManager("relative").tell("READY=1"))
        .hasMessageContaining("expected an absolute path");
  }
}
