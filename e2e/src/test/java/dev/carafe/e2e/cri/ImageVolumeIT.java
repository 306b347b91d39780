package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.ImageStatusRequest;
import dev.carafe.cri.v1.Mount;
import dev.carafe.cri.v1.RemoveImageRequest;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Images as volumes (KEP-4639): whole, below a sub path, and one file of them. */
class ImageVolumeIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final String NGINX = "registry.k8s.io/e2e-test-images/nginx:1.14-2";

  private static Mount image(String image, String path, String subPath) {
    return Mount.newBuilder()
        .setImage(ImageSpec.newBuilder().setImage(image))
        .setContainerPath(path)
        .setImageSubPath(subPath)
        .setReadonly(true)
        .build();
  }

  @Test
  void imagesAreMountedReadOnlyAndHeldWhileTheyAre() {
    NODE.node().pull(NGINX);
    Workload pod = NODE.pod();
    ContainerConfig.Builder config =
        shell("c", "sleep 1000")
            .addMounts(image(NGINX, "/whole", ""))
            .addMounts(image(CriNode.BUSYBOX, "/single", "bin"))
            .addMounts(image(NGINX, "/below", "etc"))
            .addMounts(image(NGINX, "/file", "etc/passwd"));
    String id = run(pod, config);
    assertThat(NODE.output(id, "cat /below/passwd")).contains("root:");
    assertThat(NODE.output(id, "cat /file")).isEqualTo(NODE.output(id, "cat /whole/etc/passwd"));
    assertThat(NODE.output(id, "test -e /single/sh && echo there")).isEqualTo("there");
    for (String path : new String[] {"/whole/x", "/below/x", "/file", "/single/x"}) {
      assertThat(NODE.exec(id, 10, "sh", "-c", "echo x > " + path).getStderr().toStringUtf8())
          .as(path)
          .contains("Read-only file system");
    }
    assertThat(NODE.status(id).getMountsList())
        .extracting(mount -> mount.getImage().getImageRef())
        .allSatisfy(ref -> assertThat(ref).contains("sha256:"));

    NODE.node()
        .client()
        .images()
        .removeImage(
            RemoveImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(NGINX))
                .build());
    assertThat(
            NODE.node()
                .client()
                .images()
                .imageStatus(
                    ImageStatusRequest.newBuilder()
                        .setImage(ImageSpec.newBuilder().setImage(NGINX))
                        .build())
                .hasImage())
        .isFalse();
    assertThat(NODE.output(id, "cat /below/passwd")).contains("root:");
    pod.remove();
  }

  @Test
  void whatIsNotInTheImageIsRefused() {
    Workload pod = NODE.pod();
    assertRefused(
        Code.INVALID_ARGUMENT,
        () -> pod.create(shell("c", "true").addMounts(image(CriNode.BUSYBOX, "/x", "no")).build()),
        "ImageVolumeMountFailed",
        "\"no\"");
    assertRefused(
        Code.NOT_FOUND,
        () -> pod.create(shell("c", "true").addMounts(image("docker.io/a/b:1", "/x", "")).build()),
        "docker.io/a/b:1");
    pod.remove();
  }
}
