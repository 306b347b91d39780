package dev.carafe.agent.image.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
  private static final String A = "sha256:" + "a".repeat(64);
  private static final String B = "sha256:" + "b".repeat(64);

  private static Manifest parse(String json) {
    return Manifest.parse(json.getBytes(StandardCharsets.UTF_8), "manifest of x");
  }

  private static String entry(String digest, String platform) {
    return "{\"digest\":\"%s\",\"size\":1%s}".formatted(digest, platform);
  }

  @Test
  void indexGivesThisNodesVariant() {
    String json =
        "{\"schemaVersion\":2,\"manifests\":[%s,%s]}"
            .formatted(
                entry(A, ",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}"),
                entry(B, ",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}"));
    assertThat(parse(json))
        .isInstanceOfSatisfying(
            Manifest.Index.class,
            index -> assertThat(index.select(Platform.NODE, "x").digest()).hasToString(B));
  }

  @Test
  void indexWithoutThisPlatformSaysWhatItHas() {
    String json =
        "{\"schemaVersion\":2,\"manifests\":[%s]}"
            .formatted(entry(A, ",\"platform\":{\"os\":\"windows\",\"architecture\":\"amd64\"}"));
    Manifest.Index index = (Manifest.Index) parse(json);
    assertThatThrownBy(() -> index.select(Platform.NODE, "image x"))
        .isInstanceOf(ImageException.InvalidImage.class)
        .hasMessageContaining("image x")
        .hasMessageContaining("linux/amd64")
        .hasMessageContaining("windows/amd64");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{\"schemaVersion\":1,\"layers\":[]}",
        "{\"schemaVersion\":2}",
        "{\"schemaVersion\":2,\"layers\":[],\"manifests\":[]}",
        "{\"schemaVersion\":2,\"layers\":{},\"config\":{}}",
        "{\"schemaVersion\":2,\"layers\":[],\"config\":{\"digest\":\"sha256:x\",\"size\":1}}",
        "{\"schemaVersion\":2,\"layers\":[],\"config\":{\"digest\":7,\"size\":1}}",
      })
  void malformedOnesAreTheImagesFault(String json) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(ImageException.InvalidImage.class)
        .hasMessageContaining("manifest of x");
  }

  @Test
  void negativeSizeIsRefused() {
    assertThatThrownBy(() ->
            parse(
                "{\"schemaVersion\":2,\"layers\":[],\"config\":{\"digest\":\"%s\",\"size\":-1}}"
                    .formatted(A)))
        .isInstanceOf(ImageException.InvalidImage.class)
        .hasMessageContaining("negative");
  }

  @Test
  void configOfAnotherPlatformIsRefused() {
    byte[] arm = "{\"os\":\"linux\",\"architecture\":\"arm64\"}".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> ImageConfig.parse(arm, "configuration of x", Platform.NODE))
        .isInstanceOf(ImageException.InvalidImage.class)
        .hasMessageContaining("linux/arm64");
  }

  @Test
  void configMembersMayBeNull() {
    String json =
        """
        {"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["%s","%s"]},
         "config":{"User":null,"Env":null,"Cmd":["a"],"Volumes":{"/v":{}},"Labels":{"k":"v"},
          "StopSignal":"SIGQUIT","WorkingDir":"/w","Entrypoint":["e"]}}
        """
            .formatted(A, B);
    ImageConfig config =
        ImageConfig.parse(json.getBytes(StandardCharsets.UTF_8), "x", Platform.NODE);
    assertThat(config.user()).isEmpty();
    assertThat(config.env()).isEmpty();
    assertThat(config.volumes()).containsExactly("/v");
    assertThat(config.labels()).containsEntry("k", "v");
    assertThat(config.stopSignal()).isEqualTo("SIGQUIT");
    // The rule of the OCI image specification: sha256 of "CHAIN DIFF", written out.
    assertThat(config.chainIds())
        .containsExactly(
            Digest.parse(A), Digest.of((A + " " + B).getBytes(StandardCharsets.UTF_8)));
  }
}
