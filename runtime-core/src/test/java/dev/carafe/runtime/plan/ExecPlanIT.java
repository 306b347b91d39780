package dev.carafe.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes executed in a running container by the real launcher. */
class ExecPlanIT {
  private static final String MAPS = "[{\"containerID\":0,\"hostID\":0,\"size\":65536}]";

  @TempDir Path directory;

  @BeforeEach
  void prerequisites() throws Exception {
    Launch.assumePossible();
    Launch.rootfs(directory.resolve("rootfs"));
  }

  private static ProcessHandle sleeper(java.lang.Process launcher) {
    return await()
        .until(
            () -> launcher.descendants().filter(ExecPlanIT::sleeps).findFirst().orElse(null),
            Objects::nonNull);
  }

  private static boolean sleeps(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/comm")).equals("sleep\n");
    } catch (java.io.IOException gone) {
      return false;
    }
  }

  private Launch exec(Config config) throws Exception {
    config.set("/process", "args", "[\"sleep\",\"1000\"]");
    Path other = Files.createDirectories(directory.resolve("exec"));
    java.lang.Process launcher = Launch.start(config.compile(directory), directory);
    ProcessHandle init = sleeper(launcher);
    try {
      LaunchContext launch = Config.context(new Rootfs.Directory("/"));
      config.script(
          "hostname; cat /proc/1/comm; id -u; cat /proc/self/uid_map; echo $((1 + 1)) > /dev/null && ls /");
      Plan plan =
          ExecPlan.compile(
              Objects.requireNonNull(config.spec().process()),
              ExecContext.of(config.spec(), launch));
      return Launch.run(plan, other, "--target", Long.toString(init.pid()));
    } finally {
      init.destroyForcibly();
      launcher.waitFor();
    }
  }

  @Test
  void aProcessRunsInTheContainersNamespaces() throws Exception {
    Launch launch = exec(new Config());

    assertThat(launch.stderr()).isEmpty();
    assertThat(launch.stdout().lines().map(line -> line.replaceAll(" +", " ")))
        .containsExactlyElementsOf(
            List.of("runc", "sleep", "0", " 0 0 4294967295", "bin", "dev", "proc", "sys"));
    assertThat(launch.exitCode()).isZero();
  }

  @Test
  void aProcessEntersTheUserNamespace() throws Exception {
    Config config =
        new Config()
            .append("/linux/namespaces", "{\"type\":\"user\"}")
            .set("/linux", "uidMappings", MAPS)
            .set("/linux", "gidMappings", MAPS);

    Launch launch = exec(config);

    assertThat(launch.stderr()).isEmpty();
    assertThat(launch.stdout()).contains("65536");
    assertThat(launch.exitCode()).isZero();
  }
}
