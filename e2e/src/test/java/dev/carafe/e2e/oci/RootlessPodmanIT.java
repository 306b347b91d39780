package dev.carafe.e2e.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.BusyboxImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * podman of an ordinary user with {@code --runtime carafe}, which is root of podman's user
 * namespace.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RootlessPodmanIT {
  private static final Path PODMAN = Path.of("/usr/bin/podman");
  private static final String IMAGE = "localhost/busybox:rootless";

  private Path runtime = Path.of("/");
  private OrdinaryUser user = new OrdinaryUser("", 0, Path.of("/"));

  @BeforeAll
  void image(@TempDir Path directory) throws Exception {
    RuntimeTree.assumePossible(PODMAN);
    assertThat(Command.run("chmod", "755", directory.toString()).exit()).isZero();
    user = OrdinaryUser.create(directory.resolve("home"));
    runtime = RuntimeTree.installForAnybody(directory.resolve("tree"));
    Path archive = user.home().resolve("busybox.tar");
    BusyboxImage.write(archive, IMAGE);
    user.own(archive);
    done(podman("load", "-i", archive.toString()));
  }

  @AfterAll
  void clean() throws Exception {
    if (!user.name().isEmpty()) {
      podman("rm", "-f", "--all", "-t", "0");
      // Ends the process that keeps podman's user namespace, and removes what only its root can.
      podman("system", "reset", "-f");
      podman("system", "migrate");
      user.remove();
    }
  }

  private Command podman(String... words) throws Exception {
    List<String> line =
        new ArrayList<>(
            List.of(
                PODMAN.toString(),
                "--storage-driver",
                "vfs",
                "--events-backend",
                "file",
                "--cgroup-manager",
                "cgroupfs",
                "--runtime",
                runtime.toString()));
    line.addAll(List.of(words));
    return user.run(user.home(), line);
  }

  private static void done(Command command) {
    assertThat(command.exit()).as(command.stderr()).isZero();
  }

  @Test
  void aRunsOutputAndExitCodeAreTheProgramsOwn() throws Exception {
    Command command =
        podman(
            "run",
            "--rm",
            "--network",
            "none",
            "--user",
            "5:7",
            IMAGE,
            "sh",
            "-c",
            "id -u; cat /proc/self/uid_map; exit 7");
    assertThat(command.stdout()).startsWith("5\n").contains(Long.toString(user.id()));
    assertThat(command.exit()).as(command.stderr()).isEqualTo(7);
  }

  @Test
  void aContainersLife() throws Exception {
    done(
        podman(
            "run",
            "-d",
            "--network",
            "host",
            "--name",
            "life",
            IMAGE,
            "sh",
            "-c",
            "echo started; exec sleep 1000"));
    assertThat(podman("exec", "life", "sh", "-c", "id -u; exit 9"))
        .satisfies(exec -> assertThat(exec.stdout()).isEqualTo("0\n"))
        .satisfies(exec -> assertThat(exec.exit()).isEqualTo(9));
    assertThat(podman("logs", "life").stdout()).isEqualTo("started\n");
    done(podman("stop", "-t", "1", "life"));
    assertThat(podman("inspect", "-f", "{{.State.ExitCode}}", "life").stdout()).isEqualTo("137\n");
    done(podman("rm", "life"));
  }
}
