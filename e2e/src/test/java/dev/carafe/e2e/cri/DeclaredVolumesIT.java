package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.BusyboxImage;
import dev.carafe.e2e.client.Workload;
import dev.carafe.e2e.images.ImageLayout;
import dev.carafe.e2e.registry.LoopbackRegistry;
import io.grpc.Status.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Volumes that an image declares. */
class DeclaredVolumesIT {
  @RegisterExtension static final CriNode NODE = new CriNode();

  @TempDir Path dir;

  /** Has the node pull an image of busybox with these volumes. */
  private void pull(String image, String volume) throws Exception {
    Path archive = dir.resolve("image.tar");
    Path layout = Files.createDirectory(dir.resolve("layout"));
    BusyboxImage.write(archive, image, volume);
    Command unpacked = Command.run("tar", "-xf", archive.toString(), "-C", layout.toString());
    assertThat(unpacked.exit()).as(unpacked.stderr()).isZero();
    try (LoopbackRegistry registry = LoopbackRegistry.start(ImageLayout.read(layout), 0)) {
      NODE.node().mirror(registry, registry.hosts());
      NODE.node().pull(image);
    }
  }

  private static ContainerConfig.Builder readOnly(String name, String image) {
    ContainerConfig.Builder config =
        shell(name, "sleep 1000").setImage(ImageSpec.newBuilder().setImage(image));
    config.getLinuxBuilder().getSecurityContextBuilder().setReadonlyRootfs(true);
    return config;
  }

  @Test
  void theImagesFilesAreInTheVolumeWhichIsTheContainersOwn() throws Exception {
    String image = "volumes.example/busybox:bin";
    pull(image, "/bin");
    Workload pod = NODE.pod();
    String first = run(pod, readOnly("first", image));
    String second = run(pod, readOnly("second", image));

    assertThat(NODE.output(first, "readlink /bin/cat")).isEqualTo("busybox");
    assertThat(NODE.output(first, "echo words >/bin/new; cat /bin/new")).isEqualTo("words");
    assertThat(NODE.exec(first, 10, "touch", "/etc/new").getStderr().toStringUtf8())
        .contains("Read-only file system");
    assertThat(NODE.exec(second, 10, "cat", "/bin/new").getExitCode()).isEqualTo(1);
    pod.remove();
  }

  @Test
  void aVolumeThatIsNoPathIsTheImagesFault() throws Exception {
    String image = "volumes.example/busybox:nul";
    pull(image, "/da\\u0000ta");
    Workload pod = NODE.pod();
    assertRefused(
        Code.INVALID_ARGUMENT, () -> pod.create(readOnly("c", image).build()), "/da?ta", "volume");
    pod.remove();
  }
}
