package dev.carafe.e2e.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.BusyboxImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** podman with {@code --runtime carafe}, its storage and state below a directory of the test's. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PodmanIT {
  private static final Path PODMAN = Path.of("/usr/bin/podman");
  private static final String CGROUP = "/carafe-test-podman";
  private static final String IMAGE = "localhost/busybox:test";

  /** Without CAP_SYS_RESOURCE podman's own defaults would be refused by any runtime. */
  private static final List<String> LIMITS =
      List.of("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000");

  private Path directory = Path.of("/");
  private Path runtime = Path.of("/");

  @BeforeAll
  void image(@TempDir Path temporary) throws Exception {
    directory = temporary;
    RuntimeTree.assumePossible(PODMAN);
    runtime = RuntimeTree.install(directory.resolve("tree"));
    Path archive = directory.resolve("busybox.tar");
    BusyboxImage.write(archive, IMAGE);
    done(podman("load", "-i", archive.toString()));
  }

  @AfterAll
  void clean() throws Exception {
    if (Files.exists(runtime)) {
      podman("pod", "rm", "-f", "--all");
      podman("rm", "-f", "--all", "-t", "0");
      RuntimeTree.removeCgroups(CGROUP);
      Command.run("umount", directory.resolve("storage/overlay").toString());
    }
  }

  private Command podman(String... words) throws Exception {
    List<String> line =
        new ArrayList<>(
            List.of(
                PODMAN.toString(),
                "--root",
                directory.resolve("storage").toString(),
                "--runroot",
                directory.resolve("run").toString(),
                "--tmpdir",
                directory.resolve("tmp").toString(),
                "--events-backend",
                "file",
                "--cgroup-manager",
                "cgroupfs",
                "--runtime",
                runtime.toString()));
    line.addAll(List.of(words));
    return Command.run(line.toArray(String[]::new));
  }

  private Command run(List<String> options, String... program) throws Exception {
    List<String> words =
        new ArrayList<>(List.of("run", "--network", "none", "--cgroup-parent", CGROUP));
    words.addAll(LIMITS);
    words.addAll(options);
    words.add(IMAGE);
    words.addAll(List.of(program));
    return podman(words.toArray(String[]::new));
  }

  private static void done(Command command) {
    assertThat(command.exit()).as(command.stderr()).isZero();
  }

  @Test
  void aRunsOutputAndExitCodeAreTheProgramsOwn() throws Exception {
    Command command = run(List.of("--rm"), "sh", "-c", "echo out; echo err >&2; ulimit -n; exit 7");
    assertThat(command.stdout()).isEqualTo("out\n1024\n");
    assertThat(command.stderr()).isEqualTo("err\n");
    assertThat(command.exit()).isEqualTo(7);
  }

  @Test
  void failuresHaveThePodmansCodes() throws Exception {
    assertThat(run(List.of("--rm"), "/bin/nope").exit()).isEqualTo(127);
    assertThat(run(List.of("--rm"), "/bin").exit()).isEqualTo(126);
    assertThat(run(List.of("--rm"), "sh", "-c", "kill -KILL 1; exit 3").exit()).isEqualTo(3);
  }

  @Test
  void aTerminalIsOne() throws Exception {
    Command command = run(List.of("--rm", "-t"), "sh", "-c", "test -t 0 && test -t 1 && tty");
    assertThat(command.stdout()).startsWith("/dev/pts/0");
    assertThat(command.exit()).isZero();
  }

  @Test
  void aContainersLife() throws Exception {
    done(run(List.of("-d", "--name", "life"), "sh", "-c", "echo started; exec sleep 1000"));

    Command exec = podman("exec", "-e", "A=b", "life", "sh", "-c", "echo $A; exit 9");
    assertThat(exec.stdout()).isEqualTo("b\n");
    assertThat(exec.exit()).isEqualTo(9);
    assertThat(podman("exec", "life", "nope").exit()).isEqualTo(127);
    assertThat(podman("exec", "-t", "life", "sh", "-c", "test -t 0 && echo tty").stdout())
        .startsWith("tty");
    done(podman("exec", "-d", "life", "sleep", "999"));
    assertThat(podman("top", "life", "args").stdout()).contains("sleep 999");
    assertThat(podman("logs", "life").stdout()).isEqualTo("started\n");
    done(podman("pause", "life"));
    assertThat(podman("inspect", "-f", "{{.State.Status}}", "life").stdout().strip())
        .isEqualTo("paused");
    done(podman("unpause", "life"));
    done(podman("update", "--memory", "64m", "life"));
    done(podman("stop", "-t", "1", "life"));
    assertThat(podman("inspect", "-f", "{{.State.ExitCode}}", "life").stdout().strip())
        .isEqualTo("137");
    done(podman("rm", "life"));
    assertThat(podman("ps", "-a", "-q").stdout()).doesNotContain("life");
  }

  @Test
  void aPodsContainersShareItsNamespaces() throws Exception {
    done(
        podman(
            "pod",
            "create",
            "--cgroup-parent",
            CGROUP,
            "--name",
            "pod",
            "--network",
            "none",
            "--infra-image",
            IMAGE,
            "--infra-command",
            "sleep 1000",
            "--share",
            "ipc,net,uts"));
    done(run(List.of("-d", "--name", "first", "--pod", "pod"), "sleep", "1000"));
    String ours = podman("exec", "first", "readlink", "/proc/self/ns/ipc").stdout();
    Command second =
        run(List.of("--rm", "--pod", "pod"), "sh", "-c", "readlink /proc/self/ns/ipc; hostname");
    assertThat(second.stdout()).isEqualTo(ours + "pod\n");
    done(podman("pod", "stop", "-t", "0", "pod"));
    // podman's own monitors may still be in their cgroup, which it then can't remove.
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> done(podman("pod", "rm", "--ignore", "pod")));
  }
}
