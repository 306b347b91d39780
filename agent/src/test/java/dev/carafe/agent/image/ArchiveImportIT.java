package dev.carafe.agent.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.image.TestLayer.Compression;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.image.store.ImageStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives into the store and back out as directories. Needs root: layers have owners. */
class ArchiveImportIT {
  @TempDir private Path temporary;

  private ImageService service() {
    return ImageService.open(
        ImageSettings.of(temporary.resolve("images"), () -> temporary.resolve("certs.d")),
        id -> false);
  }

  private static TestImage twoLayers() {
    return TestImage.of(
        "1000:50",
        TestLayer.builder().directory("etc", 0755).file("etc/a", "lower").build(Compression.GZIP),
        TestLayer.builder()
            .directory("etc", 0755)
            .file("etc/.wh.a", "")
            .file("etc/b", "upper")
            .build(Compression.ZSTD));
  }

  @Test
  void layoutIsFoundUnderEachOfItsNames() throws Exception {
    TestImage built = twoLayers();
    Path archive = built.writeLayout(temporary.resolve("a.tar"), "example.org/app:v1");
    try (ImageService service = service()) {
      Image image = service.importArchive(archive, null).getFirst();

      assertThat(image.id()).isEqualTo(built.config());
      assertThat(image.repoTags()).containsExactly("example.org/app:v1");
      assertThat(image.repoDigests()).containsExactly("example.org/app@" + built.manifest());
      assertThat(image.config().user()).isEqualTo("1000:50");
      for (String name :
          List.of(
              built.config().toString(),
              built.config().hex().substring(0, 12),
              "example.org/app:v1",
              "example.org/app@" + built.manifest())) {
        assertThat(service.find(name)).as(name).isEqualTo(image);
      }
      assertThat(service.list("busybox")).isEmpty();
    }
  }

  @Test
  void leaseGivesTheLayersBottomUpAfterARestart() throws Exception {
    TestImage built = twoLayers();
    Path archive = built.writeLayout(temporary.resolve("a.tar"), "example.org/app:v1");
    try (ImageService service = service()) {
      service.importArchive(archive, null);
    }
    try (ImageService service = service();
        ImageStore.Lease lease = service.lease(built.config())) {
      assertThat(lease.lowerDirectories()).hasSize(2);
      assertThat(lease.lowerDirectories().getFirst().resolve("etc/a")).hasContent("lower");
      assertThat(lease.lowerDirectories().getLast().resolve("etc/b")).hasContent("upper");
      assertThat(
              Files.getAttribute(lease.lowerDirectories().getLast().resolve("etc/a"), "unix:rdev"))
          .isEqualTo(0L);
      assertThat(service.usage().bytes()).isPositive();
    }
  }

  @Test
  void removalKeepsLayersOfALeaseUntilItIsClosed() throws Exception {
    TestImage built = twoLayers();
    Path archive = built.writeLayout(temporary.resolve("a.tar"), "example.org/app:v1");
    try (ImageService service = service()) {
      service.importArchive(archive, "other:v2");
      Path layer;
      try (ImageStore.Lease lease = service.lease(built.config())) {
        layer = lease.lowerDirectories().getFirst();
        service.remove("other:v2");
        service.remove("other:v2");
        assertThat(service.list(null)).isEmpty();
        assertThat(service.find(built.config().toString())).isNull();
        assertThat(layer).exists();
      }
      service.sweep();
      assertThat(layer).doesNotExist();
      assertThat(temporary.resolve("images/tmp")).isEmptyDirectory();
      assertThat(service.usage().bytes()).isZero();
    }
  }

  @Test
  void archiveOfNeitherKindIsRefused() throws IOException {
    Path archive =
        Files.write(temporary.resolve("x.tar"), TestLayer.builder().file("a", "b").tar());
    try (ImageService service = service()) {
      assertThatThrownBy(() -> service.importArchive(archive, null))
          .isInstanceOf(ImageException.InvalidImage.class)
          .hasMessageContaining("x.tar")
          .hasMessageContaining("neither");
    }
  }
}
