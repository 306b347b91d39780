package dev.carafe.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carafe.e2e.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Debian's containerd as the runtime that a {@link ClusterHost} begins with. */
final class Containerd {
  /** What a kubelet is told. */
  static final String ENDPOINT = "unix:///run/containerd/containerd.sock";

  static final String SOCKET = "/run/containerd/containerd.sock";

  private static final Path HOME = Path.of(System.getProperty("carafe.home"));
  private static final Path PROGRAM = Path.of("/usr/bin/containerd");

  /** One of those that e2e/images/build makes. */
  private static final String PAUSE = "registry.k8s.io/pause:3.9";

  /** A handler whose pods are run by the OCI runtime of the tree that carafe-node installs. */
  static final String CARAFE_HANDLER = "carafe-oci";

  private static final String CONFIG =
      """
      version = 2
      root = "%1$s/containerd"
      state = "/run/containerd"
      [grpc]
        address = "/run/containerd/containerd.sock"
      [ttrpc]
        address = "/run/containerd/containerd.ttrpc"
      [plugins."io.containerd.internal.v1.opt"]
        path = "%1$s/containerd/opt"
      [plugins."io.containerd.grpc.v1.cri"]
        sandbox_image = "%2$s"
        stream_server_port = "0"
        restrict_oom_score_adj = true
        [plugins."io.containerd.grpc.v1.cri".containerd]
          snapshotter = "overlayfs"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
          runtime_type = "io.containerd.runc.v2"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.%3$s]
          runtime_type = "io.containerd.runc.v2"
          [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.%3$s.options]
            BinaryName = "/opt/carafe/current/bin/carafe"
        [plugins."io.containerd.grpc.v1.cri".cni]
          bin_dir = "/usr/lib/cni"
          conf_dir = "/etc/cni/net.d"
      """;

  private final ClusterHost host;

  private Containerd(ClusterHost host) {
    this.host = host;
  }

  /** Skips by name where the machine has none. */
  static void assumeThere() {
    Assumptions.assumeTrue(
        Files.isExecutable(PROGRAM), "SKIP containerd: install Debian's package containerd");
  }

  /** Starts it, with the image of its sandboxes. */
  static Containerd start(ClusterHost host) throws IOException, InterruptedException {
    Path config =
        Files.writeString(
            host.dir().resolve("containerd.toml"),
            CONFIG.formatted(host.dir(), PAUSE, CARAFE_HANDLER));
    host.service("containerd", PROGRAM.toString(), "--config", config.toString());
    Containerd containerd = new Containerd(host);
    await("containerd")
        .atMost(Duration.ofMinutes(2))
        .until(() -> containerd.ctr("version").exit() == 0);
    Path images = HOME.resolve("e2e/target/images");
    Command built = Command.run(HOME.resolve("e2e/images/build").toString(), images.toString());
    Assumptions.assumeTrue(built.exit() != 3, built.stderr().strip());
    assertThat(built.exit()).as(built.stderr()).isZero();
    containerd.importImages(images.resolve("images.tar"));
    return containerd;
  }

  /** Imports an archive of images. */
  void importImages(Path archive) throws IOException, InterruptedException {
    Command done = ctr("images", "import", archive.toString());
    assertThat(done.exit()).as(done.toString()).isZero();
  }

  private Command ctr(String... arguments) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("ctr", "--namespace=k8s.io"));
    words.addAll(List.of(arguments));
    return host.run(words.toArray(String[]::new));
  }
}
