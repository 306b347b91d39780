package dev.carafe.e2e.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carafe.e2e.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** containerd of the distribution, with carafe as its runc binary. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainerdIT {
  private static final Path CONTAINERD = Path.of("/usr/bin/containerd");
  private static final String CGROUP = "/carafe-test-containerd";
  private static final Path BUSYBOX = Path.of("/bin/busybox");

  private Path directory = Path.of("/");
  private Path runtime = Path.of("/");
  private @Nullable Process daemon;

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    directory = temporary;
    RuntimeTree.assumePossible(CONTAINERD);
    RuntimeTree.assumePossible(BUSYBOX);
    runtime = RuntimeTree.install(directory.resolve("tree"));
    Path bin = Files.createDirectories(directory.resolve("rootfs/bin"));
    Files.copy(BUSYBOX, bin.resolve("busybox"));
    for (String name : List.of("sh", "sleep", "echo")) {
      Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    }
    Path config = directory.resolve("config.toml");
    Files.writeString(
        config,
        """
        version = 2
        root = "%1$s/root"
        state = "%1$s/state"
        disabled_plugins = ["io.containerd.grpc.v1.cri"]
        [grpc]
        address = "%1$s/c.sock"
        [ttrpc]
        address = "%1$s/c.ttrpc"
        """
            .formatted(directory));
    daemon =
        new ProcessBuilder(CONTAINERD.toString(), "-c", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    await().until(() -> ctr("version").exit() == 0);
  }

  @AfterAll
  void stop() throws Exception {
    if (daemon != null) {
      ctr("task", "kill", "-s", "KILL", "c");
      ctr("task", "rm", "-f", "c");
      ctr("container", "rm", "c");
      daemon.destroy();
      assertThat(daemon.waitFor(1, TimeUnit.MINUTES)).isTrue();
      RuntimeTree.removeCgroups(CGROUP);
    }
  }

  private Command ctr(String... words) throws Exception {
    List<String> line = new ArrayList<>(List.of("ctr", "-a", directory + "/c.sock"));
    line.addAll(List.of(words));
    return Command.run(line.toArray(String[]::new));
  }

  private Command run(String option, String id, String... program) throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of(
                "run",
                option,
                "--runc-binary",
                runtime.toString(),
                "--runc-root",
                directory.resolve("runc").toString(),
                "--cgroup",
                CGROUP + "/" + id,
                "--rootfs",
                directory.resolve("rootfs").toString(),
                id));
    words.addAll(List.of(program));
    return ctr(words.toArray(String[]::new));
  }

  private String status() throws Exception {
    return ctr("task", "ls").stdout();
  }

  @Test
  void aRunsOutputAndExitCodeAreTheProgramsOwn() throws Exception {
    Command command = run("--rm", "r", "/bin/sh", "-c", "echo out; exit 5");
    assertThat(command.stdout()).isEqualTo("out\n");
    assertThat(command.exit()).isEqualTo(5);
  }

  @Test
  void aProgramThatIsNotThereIsNamed() throws Exception {
    Command command = run("--rm", "n", "/bin/nope");
    assertThat(command.exit()).isEqualTo(1);
    assertThat(command.stderr())
        .contains("OCI runtime create failed")
        .contains("exec: \"/bin/nope\": stat /bin/nope: no such file or directory");
  }

  @Test
  void aTasksLife() throws Exception {
    Command created = run("--detach", "c", "/bin/sleep", "1000");
    assertThat(created.exit()).as(created.stderr()).isZero();
    Command exec = ctr("task", "exec", "--exec-id", "e", "c", "/bin/sh", "-c", "echo in; exit 3");
    assertThat(exec.stdout()).isEqualTo("in\n");
    assertThat(exec.exit()).isEqualTo(3);
    assertThat(ctr("task", "pause", "c").exit()).isZero();
    assertThat(status()).contains("PAUSED");
    assertThat(ctr("task", "resume", "c").exit()).isZero();
    assertThat(status()).contains("RUNNING");
    assertThat(ctr("task", "ps", "c").stdout().lines()).hasSize(2);
    assertThat(ctr("task", "kill", "-s", "KILL", "c").exit()).isZero();
    await().untilAsserted(() -> assertThat(status()).contains("STOPPED"));
    assertThat(ctr("task", "rm", "c").stderr()).contains("exit code 137");
    assertThat(ctr("container", "rm", "c").exit()).isZero();
    assertThat(status()).doesNotContain("c ");
  }
}
