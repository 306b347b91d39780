package dev.carafe.runtime.lsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The default profile on a kernel that has AppArmor: the virtual machine's. */
final class AppArmorIT {
  private static final AppArmor KERNEL = AppArmor.ofKernel();

  @BeforeAll
  static void loaded() throws InterruptedException {
    Assumptions.assumeTrue(KERNEL.enabled(), "SKIP AppArmor: this kernel has none");
    KERNEL.loadDefault();
    KERNEL.loadDefault();
  }

  /** What a shell says that runs under the profile. */
  private static String confined(String script) throws Exception {
    String enter = "echo 'exec carafe-default' > /proc/self/attr/apparmor/exec; exec sh -c \"$1\"";
    Process process =
        new ProcessBuilder("sh", "-c", enter, "sh", script).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return said.strip();
  }

  @Test
  void itIsLoadedAndEnforced() throws Exception {
    assertThat(KERNEL.loaded(AppArmor.DEFAULT_PROFILE)).isTrue();
    assertThat(KERNEL.loaded("carafe")).isFalse();
    assertThat(confined("cat /proc/self/attr/apparmor/current"))
        .isEqualTo("carafe-default (enforce)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "echo 1 > /proc/sys/kernel/panic",
        "echo 1 > /proc/sys/vm/swappiness",
        "echo h > /proc/sysrq-trigger",
        "head -c 1 /proc/kcore",
        "echo 1 > /proc/irq/default_smp_affinity",
        "echo 1 > /sys/module/apparmor/parameters/debug",
        "ls /sys/kernel/security/",
        "kill -0 1",
      })
  void whatCouldHurtTheHostIsDenied(String script) throws Exception {
    assertThat(confined(script)).contains("Permission denied");
  }

  @Test
  void nothingIsMounted() throws Exception {
    assertThat(confined("mount -t tmpfs x /mnt || echo refused")).endsWith("refused");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "echo x > /proc/self/comm",
        "cat /proc/sys/kernel/shmmni > /proc/sys/kernel/shmmni",
        "sleep 9 & kill $!",
        "cat /proc/stat > /dev/null",
        "touch /dev/shm/x && rm /dev/shm/x",
      })
  void whatProgramsNeedIsNot(String script) throws Exception {
    assertThat(confined(script + " && echo done")).endsWith("done");
  }

  @Test
  void aParserThatIsMissingOrRefusesIsNamed(@TempDir Path bin) throws Exception {
    Path parser = bin.resolve("apparmor_parser");
    AppArmor broken = new AppArmor(KERNEL.parameters(), KERNEL.directory(), List.of(parser));
    assertThatThrownBy(broken::loadDefault)
        .isInstanceOf(LsmException.class)
        .hasMessageContaining(parser.toString())
        .hasMessageContaining("install Debian's package apparmor");
    Files.writeString(parser, "#!/bin/sh\ncat >/dev/null; echo no such rule; exit 1\n");
    Files.setPosixFilePermissions(parser, PosixFilePermissions.fromString("rwx------"));
    assertThatThrownBy(broken::loadDefault).hasMessageContaining("no such rule");
  }
}
