package dev.carafe.agent.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.image.TestLayer.Compression;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.store.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that go out to an archive and come back. Needs root: layers have owners. */
class ExportIT {
  @TempDir private Path temporary;
  private ImageService service;

  @BeforeEach
  void open() {
    service = service("images");
  }

  @AfterEach
  void close() {
    service.close();
  }

  private ImageService service(String directory) {
    return ImageService.open(
        ImageSettings.of(temporary.resolve(directory), () -> temporary.resolve("certs.d")),
        id -> false);
  }

  private Image imported(String name, TestLayer... layers) throws Exception {
    Path archive = TestImage.of("7", layers).writeLayout(temporary.resolve("in.tar"), name);
    return service.importArchive(archive, null).getFirst();
  }

  private static TestLayer base(Compression compression) {
    return TestLayer.builder()
        .directory("usr", 01777)
        .file("usr/su", "x".repeat(100_000), e -> e.setMode(04755))
        .file("usr/empty", "")
        .symlink("bin", "usr")
        // Stored at usr/through: the link in its path is resolved.
        .file("bin/through", "content")
        .hardLink("usr/linked", "usr/su")
        .device("null", 1, 3)
        .build(compression);
  }

  @Test
  void layersComeOutAsTheArchivesThatTheyWere() throws Exception {
    TestLayer base = base(Compression.GZIP);
    // Leans on its base: kept by its chain, with a directory that its archive does not have.
    TestLayer top =
        TestLayer.builder().file("usr/.wh.empty", "").file("usr/g", "y").build(Compression.ZSTD);
    Image image = imported("example.org/app:v1", base, top);
    Path file = temporary.resolve("out.tar");

    Progress progress = new Progress();
    Digest manifest = service.exportArchive("example.org/app:v1", file, progress);

    ArchiveFile archive = ArchiveFile.open(file);
    for (TestLayer layer : List.of(base, top)) {
      byte[] tar = archive.read("blobs/sha256/" + layer.diffId().hex(), 1 << 20);
      assertThat(Digest.of(tar)).isEqualTo(layer.diffId());
    }
    assertThat(Digest.of(archive.read("blobs/sha256/" + manifest.hex(), 1 << 20)))
        .isEqualTo(manifest);
    assertThat(progress.blobs())
        .hasSize(2)
        .allSatisfy(blob -> {
          assertThat(blob.state()).isEqualTo(Progress.State.DONE);
          assertThat(blob.done()).isEqualTo(blob.size()).isPositive();
        });
    try (ImageService other = service("other")) {
      Image back = other.importArchive(file, null).getFirst();
      assertThat(back.id()).isEqualTo(image.id());
      assertThat(back.repoTags()).containsExactly("example.org/app:v1");
      assertThat(back.layers()).isEqualTo(image.layers());
    }
  }

  @Test
  void oneImageWithTwoTagsHasBothInTheArchive() throws Exception {
    Image image = imported("example.org/app:v1", base(Compression.NONE));
    service.importArchive(temporary.resolve("in.tar"), "example.org/other:v2");
    Path file = temporary.resolve("out.tar");
    service.exportArchive(image.id().hex().substring(0, 12), file, new Progress());
    try (ImageService other = service("other")) {
      other.importArchive(file, null);
      assertThat(other.list(null))
          .singleElement()
          .satisfies(back ->
              assertThat(back.repoTags())
                  .containsExactly("example.org/app:v1", "example.org/other:v2"));
    }
  }

  @Test
  void anArchiveThatCannotBeMadeAgainIsRefusedAndLeavesNothing() throws Exception {
    TestLayer twice =
        TestLayer.builder().file("a", "first").file("a", "other").build(Compression.NONE);
    imported("example.org/twice:1", twice);
    Path file = Files.writeString(temporary.resolve("out.tar"), "as it was");
    assertThatThrownBy(() -> service.exportArchive("example.org/twice:1", file, new Progress()))
        .isInstanceOf(ImageException.DigestMismatch.class)
        .hasMessageContaining(twice.diffId().toString());
    assertThat(file).hasContent("as it was");
    assertThat(temporary.toFile().list((dir, name) -> name.startsWith(".carafe-export"))).isEmpty();
  }

  @Test
  void changedFilesAreNoticed() throws Exception {
    Image image = imported("example.org/app:v1", base(Compression.NONE));
    Path layer = temporary.resolve("images/layers/" + image.layers().getFirst() + "/fs");
    Files.writeString(layer.resolve("usr/through"), "altered");
    assertThatThrownBy(() ->
            service.exportArchive(
                "example.org/app:v1", temporary.resolve("out.tar"), new Progress()))
        .isInstanceOf(ImageException.DigestMismatch.class)
        .hasMessageContaining("can't be made again");
  }

  @Test
  void aLayerWithoutItsRecordingIsToldToBePulledAgain() throws Exception {
    Image image = imported("example.org/app:v1", base(Compression.NONE));
    Files.delete(temporary.resolve("images/layers/" + image.layers().getFirst() + "/recording"));
    assertThatThrownBy(() ->
            service.exportArchive(
                "example.org/app:v1", temporary.resolve("out.tar"), new Progress()))
        .isInstanceOf(ImageException.StoreFailure.class)
        .hasMessageContaining("pull it again");
  }

  @Test
  void whatIsNotThereIsNotFound() {
    assertThatThrownBy(
            () -> service.exportArchive("none:1", temporary.resolve("out.tar"), new Progress()))
        .isInstanceOf(ImageException.NotFound.class)
        .hasMessageContaining("none:1");
  }

  @Test
  void aDirectoryInOcisLayoutIsImported() throws Exception {
    TestImage image = TestImage.of("7", base(Compression.GZIP));
    Path directory = image.writeLayoutDirectory(temporary.resolve("layout"), "example.org/dir:1");
    assertThat(service.importArchive(directory, null).getFirst().id()).isEqualTo(image.config());

    Files.delete(directory.resolve("blobs/sha256/" + image.config().hex()));
    Files.createSymbolicLink(
        directory.resolve("blobs/sha256/" + image.config().hex()), Path.of("/etc/passwd"));
    assertThatThrownBy(() -> service.importArchive(directory, null))
        .isInstanceOf(ImageException.InvalidImage.class)
        .hasMessageContaining("lacks blobs/sha256/" + image.config().hex());
  }
}
