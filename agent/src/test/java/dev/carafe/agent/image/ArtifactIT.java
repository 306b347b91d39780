package dev.carafe.agent.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.image.TestLayer.Compression;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.store.Image;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Artifacts: files of any type in a registry's form. Needs root: files have owners. */
class ArtifactIT {
  private static final String TITLE = "org.opencontainers.image.title";

  @TempDir private Path temporary;
  private ImageService service;

  @BeforeEach
  void open() {
    service =
        ImageService.open(
            ImageSettings.of(temporary.resolve("images"), () -> temporary.resolve("certs.d")),
            id -> false);
  }

  @AfterEach
  void close() {
    service.close();
  }

  private Image imported(TestImage artifact) throws Exception {
    Path archive = artifact.writeLayout(temporary.resolve("in.tar"), "example.org/model:1");
    return service.importArchive(archive, null).getFirst();
  }

  private Path files(Image artifact) {
    return service.lease(artifact.id()).lowerDirectories().getFirst();
  }

  @Test
  void blobsAreFilesUnderTheirTitles() throws Exception {
    TestImage artifact =
        TestImage.artifact(
            "application/vnd.example.model",
            new TestImage.Part("text/plain", Map.of(TITLE, "README.md"), "read me".getBytes(UTF_8)),
            new TestImage.Part(
                "application/octet-stream",
                Map.of("org.cncf.model.filepath", "weights/a.bin"),
                new byte[] {1, 2, 3}),
            // What ORAS calls any file by default.
            new TestImage.Part(
                "application/vnd.oci.image.layer.v1.tar",
                Map.of(TITLE, "no.tar"),
                "plain".getBytes(UTF_8)));
    Image image = imported(artifact);
    assertThat(image.id()).isEqualTo(artifact.manifest());
    assertThat(image.artifactType()).isEqualTo("application/vnd.example.model");
    assertThat(image.repoTags()).containsExactly("example.org/model:1");
    assertThat(image.layers()).hasSize(1);
    assertThat(files(image).resolve("README.md")).hasContent("read me");
    assertThat(files(image).resolve("no.tar")).hasContent("plain");
    assertThat(files(image).resolve("weights/a.bin")).hasBinaryContent(new byte[] {1, 2, 3});
    assertThat(service.rawConfig(image)).isEqualTo(artifact.blob(artifact.manifest()));
  }

  @Test
  void layersWithoutATitleAreUnpackedAndOtherBlobsHaveTheirDigestAsName() throws Exception {
    TestLayer layer = TestLayer.builder().file("in/layer", "x").build(Compression.GZIP);
    byte[] nameless = "nameless".getBytes(UTF_8);
    TestImage artifact =
        TestImage.artifact(
            "application/vnd.example",
            new TestImage.Part(
                "application/vnd.oci.image.layer.v1.tar+gzip", Map.of(), layer.blob()),
            new TestImage.Part("a/b", Map.of(), nameless));
    Image image = imported(artifact);
    assertThat(files(image).resolve("in/layer")).hasContent("x");
    assertThat(files(image).resolve("sha256-" + Digest.of(nameless).hex())).hasContent("nameless");
  }

  @Test
  void twoArtifactsWithTheSameConfigurationAreTwo() throws Exception {
    imported(
        TestImage.artifact(
            "a/b", new TestImage.Part("a/b", Map.of(TITLE, "f"), "1".getBytes(UTF_8))));
    Image other =
        imported(
            TestImage.artifact(
                "a/b", new TestImage.Part("a/b", Map.of(TITLE, "f"), "2".getBytes(UTF_8))));
    assertThat(service.list(null)).hasSize(2);
    assertThat(files(other).resolve("f")).hasContent("2");
  }

  @Test
  void aTitleThatLeadsOutIsRefusedAndLeavesNothing() throws Exception {
    TestImage artifact =
        TestImage.artifact(
            "a/b", new TestImage.Part("a/b", Map.of(TITLE, "../../out"), "x".getBytes(UTF_8)));
    assertThatThrownBy(() -> imported(artifact))
        .isInstanceOf(ImageException.CorruptLayer.class)
        .hasMessageContaining("../../out");
    assertThat(service.list(null)).isEmpty();
    assertThat(temporary.resolve("images/tmp")).isEmptyDirectory();
  }

  @Test
  void aWrongBlobIsRefused() throws Exception {
    TestImage artifact =
        TestImage.artifact(
            "a/b", new TestImage.Part("a/b", Map.of(TITLE, "f"), "right".getBytes(UTF_8)));
    artifact
        .blobs()
        .replaceAll((digest, content) ->
            new String(content, UTF_8).equals("right") ? "wrong".getBytes(UTF_8) : content);
    assertThatThrownBy(() -> imported(artifact)).isInstanceOf(ImageException.DigestMismatch.class);
    assertThat(temporary.resolve("images/tmp")).isEmptyDirectory();
  }
}
