package dev.carafe.agent.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.DNSConfig;
import dev.carafe.cri.v1.PodSandboxConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodFilesTest {
  @TempDir Path dir;

  @Test
  void resolvConfHasTheConfiguredLines() throws Exception {
    PodSandboxConfig config =
        PodSandboxConfig.newBuilder()
            .setDnsConfig(
                DNSConfig.newBuilder()
                    .addServers("10.0.0.1")
                    .addServers("10.0.0.2")
                    .addSearches("a.example")
                    .addSearches("b.example")
                    .addOptions("ndots:5"))
            .build();

    assertThat(PodFiles.resolvConf(config))
        .isEqualTo(
            """
            search a.example b.example
            nameserver 10.0.0.1
            nameserver 10.0.0.2
            options ndots:5
            """);
  }

  @Test
  void resolvConfWithoutConfigurationIsTheHosts() throws Exception {
    assertThat(PodFiles.resolvConf(PodSandboxConfig.getDefaultInstance()))
        .isEqualTo(Files.readString(Path.of("/etc/resolv.conf")));
  }

  @Test
  void everybodyInAContainerMayReadThePodsFilesAndNobodyOnTheHostItsDirectory() throws Exception {
    PodPaths paths = new PodPaths("p", dir, dir);

    PodFiles.create(paths, PodSandboxConfig.getDefaultInstance(), "web-0");

    assertThat(paths.hostname()).hasContent("web-0\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(paths.hostname())))
        .isEqualTo("rw-r--r--");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(paths.dir())))
        .isEqualTo("rwx------");
    assertThat(paths.scratch()).isEmptyDirectory();
  }
}
