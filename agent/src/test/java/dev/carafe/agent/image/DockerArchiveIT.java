package dev.carafe.agent.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.image.TestLayer.Compression;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.image.store.ImageStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docker save writes, and the store's own manners. Needs root: layers have owners. */
class DockerArchiveIT {
  @TempDir private Path temporary;

  private ImageService service() {
    return ImageService.open(
        ImageSettings.of(temporary.resolve("images"), () -> temporary.resolve("certs.d")),
        id -> false);
  }

  /** As older dockers do: one layer in two places, the second a link to the first. */
  private static byte[] saved(TestImage image, TestLayer layer) {
    byte[] manifest =
        TestImage.json(
            List.of(
                Map.of(
                    "Config",
                    image.config().hex() + ".json",
                    "RepoTags",
                    List.of("app:v1", "app:v2"),
                    "Layers",
                    List.of("one/layer.tar", "two/layer.tar"))));
    return TestLayer.builder()
        .file(
            image.config().hex() + ".json",
            new String(image.blob(image.config()), StandardCharsets.UTF_8))
        .entry("one/layer.tar", (byte) '0', "", layer.blob(), e -> {})
        .symlink("two/layer.tar", "../one/layer.tar")
        .file("manifest.json", new String(manifest, StandardCharsets.UTF_8))
        .tar();
  }

  @Test
  void savedImageWithARepeatedLayerIsImportedCompressedOrNot() throws Exception {
    TestLayer layer = TestLayer.builder().file("f", "x").build(Compression.NONE);
    TestImage image = TestImage.of("", layer, layer);
    for (Compression compression : Compression.values()) {
      Path archive =
          Files.write(
              temporary.resolve("saved.tar"),
              TestLayer.of(saved(image, layer), compression).blob());
      try (ImageService service = service()) {
        Image imported = service.importArchive(archive, null).getFirst();
        assertThat(imported.id()).isEqualTo(image.config());
        assertThat(imported.repoTags())
            .containsExactly("docker.io/library/app:v1", "docker.io/library/app:v2");
        // overlayfs refuses the same directory twice.
        assertThat(imported.layers()).containsExactly(layer.diffId().hex());
        service.remove("app:v1");
        assertThat(service.find("app:v2")).isNull();
      }
    }
  }

  @Test
  void halfMadeThingsAreGoneAfterAStart() throws Exception {
    Path images = temporary.resolve("images");
    service().close();
    Files.createDirectories(images.resolve("tmp/layer-x/fs/a"));
    Files.createDirectories(images.resolve("layers/" + "e".repeat(64) + "/fs"));
    Files.writeString(images.resolve("images/.unfinished-1"), "");
    Files.writeString(images.resolve("images/" + "f".repeat(64) + ".json"), "");
    try (ImageService service = service()) {
      assertThat(service.list(null)).isEmpty();
      Awaitility.await().untilAsserted(() -> assertThat(images.resolve("tmp")).isEmptyDirectory());
      assertThat(images.resolve("layers")).isEmptyDirectory();
      assertThat(images.resolve("images/.unfinished-1")).doesNotExist();
    }
  }

  @Test
  void layerSharedByTwoImagesLivesAsLongAsOneOfThem() throws Exception {
    TestLayer base = TestLayer.builder().file("f", "x").build(Compression.GZIP);
    TestLayer top = TestLayer.builder().file("g", "y").build(Compression.GZIP);
    TestImage small = TestImage.of("", base);
    TestImage large = TestImage.of("", base, top);
    try (ImageService service = service()) {
      service.importArchive(small.writeLayout(temporary.resolve("s.tar"), "a/small:1"), null);
      service.importArchive(large.writeLayout(temporary.resolve("l.tar"), "a/large:1"), null);
      service.remove("a/large:1");
      try (ImageStore.Lease lease = service.lease(small.config())) {
        assertThat(lease.lowerDirectories().getFirst().resolve("f")).hasContent("x");
      }
      try (var layers = Files.list(temporary.resolve("images/layers"))) {
        assertThat(layers).hasSize(1);
      }
    }
  }

  @Test
  void simultaneousRemovalsAndListsAgree() throws Exception {
    TestImage image = TestImage.of("", TestLayer.builder().file("f", "x").build(Compression.GZIP));
    Path archive = image.writeLayout(temporary.resolve("a.tar"), "a/b:1");
    try (ImageService service = service();
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < 5; round++) {
        service.importArchive(archive, null);
        List<Future<List<Image>>> removals = new java.util.ArrayList<>();
        for (int i = 0; i < 8; i++) {
          removals.add(
              callers.submit(() -> {
                service.remove("a/b:1");
                return service.list(null);
              }));
        }
        for (Future<List<Image>> removal : removals) {
          assertThat(removal.get()).isEmpty();
        }
      }
      assertThat(service.find(Digest.of(new byte[0]).toString())).isNull();
    }
  }
}
