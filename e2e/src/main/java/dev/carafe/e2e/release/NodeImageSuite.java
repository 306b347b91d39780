package dev.carafe.e2e.release;

import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.e2e.client.Carafed;
import dev.carafe.e2e.client.CgroupTree;
import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.client.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The DaemonSet's image, imported by {@code carafe} and run by {@code carafed}, both of the tree
 * that is in it. Usage: {@code NodeImageSuite TREE ARCHIVE NAME}.
 */
public final class NodeImageSuite {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path work;
  private final String name;
  private final Workload pod;
  private int passed;
  private int failed;

  private NodeImageSuite(Path work, String name, Workload pod) {
    this.work = work;
    this.name = name;
    this.pod = pod;
  }

  /** Runs it; exits with 1 when something failed. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path work = Files.createDirectory(Path.of("/tmp/cn-" + ProcessHandle.current().pid()));
    String cgroup = "/carafe-image-" + ProcessHandle.current().pid();
    int failed;
    try {
      failed = run(Path.of(args[0]), Path.of(args[1]), args[2], work, cgroup);
    } finally {
      CgroupTree.remove(cgroup);
      try (Stream<Path> all = Files.walk(work)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(path);
        }
      }
    }
    System.exit(failed == 0 ? 0 : 1);
  }

  private static int run(Path tree, Path archive, String name, Path work, String cgroup)
      throws IOException, InterruptedException {
    Path socket = work.resolve("s");
    Path config = work.resolve("carafe.toml");
    Files.writeString(
        config,
        "root = \"%1$s/root\"\nstate = \"%1$s/state\"\n[api]\nlisten = \"unix://%2$s\"\n[runtime]\ncgroup_parent = \"%3$s\"\n"
            .formatted(work, socket, cgroup));
    Carafed carafed = Carafed.start(tree, config, work.resolve("log"));
    try (CriClient client = CriClient.of(socket, PATIENCE)) {
      client.awaitVersion(PATIENCE);
      imported(tree, archive, socket);
      PodSandboxConfig.Builder pod =
          Workload.pod("node", work.resolve("logs"), cgroup).clearHostname();
      pod.getLinuxBuilder()
          .getSecurityContextBuilder()
          .getNamespaceOptionsBuilder()
          .setNetwork(NamespaceMode.NODE)
          .setPid(NamespaceMode.CONTAINER);
      Workload running = Workload.run(client, pod.build());
      try {
        return new NodeImageSuite(work, name, running).checks();
      } finally {
        running.remove();
      }
    } finally {
      carafed.stop();
    }
  }

  private static void imported(Path tree, Path archive, Path socket)
      throws IOException, InterruptedException {
    Process carafe =
        new ProcessBuilder(
                tree.resolve("bin/carafe").toString(),
                "--address",
                "unix://" + socket,
                "image",
                "import",
                archive.toString())
            .inheritIO()
            .start();
    if (carafe.waitFor() != 0) {
      throw new IOException("carafe image import exited with " + carafe.exitValue());
    }
  }

  private int checks() throws IOException, InterruptedException {
    check("usage", 2, "usage: carafe-node run|uninstall", List.of(), List.of("nonsense"));
    check("what the chart must set", 2, "NODE_NAME is not set", List.of(), List.of("run"));
    check(
        "the tree is in it",
        0,
        "carafe 0.1.0",
        List.of("/opt/carafe/tree/libexec/carafe/carafe-node-cli"),
        List.of("--version"));
    check(
        "chroot for the host",
        0,
        "Usage: chroot",
        List.of("/bin/busybox"),
        List.of("chroot", "--help"));
    System.out.printf("suite node-image: %d passed, %d failed, 0 skipped%n", passed, failed);
    return failed;
  }

  /** Runs a container to its end and looks at its exit code and its log. */
  private void check(
      String what, int exit, String says, List<String> command, List<String> arguments)
      throws IOException, InterruptedException {
    String container = "c" + (passed + failed);
    ContainerConfig config =
        Workload.container(container, name, command).addAllArgs(arguments).build();
    String id = pod.create(config);
    pod.start(id);
    long end = System.nanoTime() + PATIENCE.toNanos();
    ContainerStatus status = pod.status(id);
    while (status.getState() != ContainerState.CONTAINER_EXITED && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(50);
      status = pod.status(id);
    }
    String log = Files.readString(work.resolve("logs").resolve(container + ".log"));
    // A JVM that cannot use its AOT cache says so: the image's files may differ from the tree's.
    boolean good = status.getExitCode() == exit && log.contains(says) && !log.contains("[aot]");
    if (good) {
      passed++;
      System.out.println("ok   " + what);
    } else {
      failed++;
      System.out.printf(
          "FAIL %s: expected exit %d and \"%s\", got exit %d and:%n%s%n",
          what, exit, says, status.getExitCode(), log);
    }
  }
}
