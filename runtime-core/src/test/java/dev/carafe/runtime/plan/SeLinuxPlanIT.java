package dev.carafe.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Labels of process and mounts where SELinux enforces: the virtual machine's flavour selinux. */
final class SeLinuxPlanIT {
  private static final String PROCESS = "system_u:system_r:container_t:s0:c1,c2";
  private static final String FILES = "system_u:object_r:container_file_t:s0:c1,c2";

  @TempDir private Path directory;

  @BeforeAll
  static void enforcing() throws Exception {
    Path enforce = Path.of("/sys/fs/selinux/enforce");
    assumeTrue(Files.exists(enforce), "SKIP SELinux: this kernel has none");
    assertThat(enforce).content().isEqualTo("1");
    Launch.assumePossible();
  }

  @BeforeEach
  void root() throws Exception {
    Launch.rootfs(Files.createDirectories(directory.resolve("lower")));
    for (String name : List.of("upper", "work", "scratch")) {
      Files.createDirectory(directory.resolve(name));
    }
  }

  private Launch run(Config config, String script) throws Exception {
    config
        .script(script)
        .set("/process", "selinuxLabel", "\"" + PROCESS + "\"")
        .set("/linux", "mountLabel", "\"" + FILES + "\"");
    Rootfs overlay =
        new Rootfs.Overlay(
            List.of(directory.resolve("lower").toString()),
            directory.resolve("upper").toString(),
            directory.resolve("work").toString(),
            directory.resolve("scratch").toString());
    return Launch.run(PlanCompiler.compile(config.spec(), Config.context(overlay)), directory);
  }

  @Test
  void processAndMountsHaveTheirLabels() throws Exception {
    Launch launch =
        run(new Config(), "cat /proc/self/attr/current; grep ' / ' /proc/self/mountinfo");
    assertThat(launch.stderr()).isEmpty();
    assertThat(launch.stdout()).startsWith(PROCESS).contains("context=").contains("c1,c2");
    assertThat(launch.exitCode()).isZero();
  }

  @Test
  void aFileOfTheHostsThatIsMountedWithoutRelabellingIsRefused() throws Exception {
    Path secret = Files.writeString(directory.resolve("secret"), "secret\n");
    Config config =
        new Config()
            .append(
                "/mounts",
                "{\"destination\":\"/secret\",\"source\":\"%s\",\"options\":[\"bind\"]}"
                    .formatted(secret));
    Launch launch = run(config, "cat /secret");
    assertThat(launch.stdout()).isEmpty();
    assertThat(launch.stderr()).contains("Permission denied");
  }
}
