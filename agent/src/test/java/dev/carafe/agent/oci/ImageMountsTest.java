package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.Mount;
import dev.carafe.cri.v1.MountPropagation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ImageMountsTest {
  private static final String NAME = "example.test/data:1";

  @TempDir Path dir;
  private Path upper;
  private Path lower;

  @BeforeEach
  void layers() throws IOException {
    upper = Files.createDirectories(dir.resolve("upper/models"));
    lower = Files.createDirectories(dir.resolve("lower/models"));
    Files.writeString(lower.resolve("weights"), "w");
    Files.createSymbolicLink(dir.resolve("upper/latest"), Path.of("/models"));
    Files.createSymbolicLink(dir.resolve("upper/out"), dir);
  }

  private static Mount.Builder mount(String subPath) {
    return Mount.newBuilder()
        .setContainerPath("/data")
        .setImage(ImageSpec.newBuilder().setImage(NAME))
        .setImageSubPath(subPath)
        .setReadonly(true);
  }

  private dev.carafe.runtime.spec.Mount of(Mount.Builder wanted, boolean ownUser) {
    ImageVolume volume =
        new ImageVolume("sha256:a", "ref", List.of(dir.resolve("upper"), dir.resolve("lower")));
    return ImageMounts.of("mounts[0].", wanted.build(), "/data", Map.of(NAME, volume), ownUser);
  }

  @Test
  void aWholeImageIsAllItsLayers() {
    assertThat(of(mount("").addMountOptions("noexec"), false))
        .isEqualTo(
            new dev.carafe.runtime.spec.Mount(
                "/data",
                "overlay",
                "overlay",
                List.of(
                    "ro",
                    "noexec",
                    "lowerdir+=" + dir.resolve("upper"),
                    "lowerdir+=" + dir.resolve("lower"))));
  }

  @Test
  void aSubPathIsWhatTheLayersHaveThere() {
    List<String> merged = List.of("ro", "lowerdir+=" + upper, "lowerdir+=" + lower);
    assertThat(of(mount("models"), false).options()).isEqualTo(merged);
    assertThat(of(mount("latest/../models/"), false).options()).isEqualTo(merged);
    assertThat(of(mount("latest"), true).options()).isEqualTo(merged);
  }

  @Test
  void aFileIsBoundWithThePodsIds() {
    dev.carafe.runtime.spec.Mount file = of(mount("latest/weights"), true);
    assertThat(file.source()).isEqualTo(lower.resolve("weights").toString());
    assertThat(file.options()).containsExactly("bind", "rprivate", "ro", "idmap");
    assertThat(of(mount("latest/weights"), false).options())
        .containsExactly("bind", "rprivate", "ro");
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        bad("image_sub_path: image example.test/data:1 has no \"absent\"", m -> m, "absent"),
        bad("image_sub_path: image example.test/data:1 has no \"out\"", m -> m, "out"),
        bad("image_sub_path: \"../x\"; expected a relative path", m -> m, "../x"),
        bad("image_sub_path: \"/x\"; expected a relative path", m -> m, "/x"),
        bad("readonly: false; expected true", m -> m.setReadonly(false), ""),
        bad("host_path: \"/srv\" beside an image", m -> m.setHostPath("/srv"), ""),
        bad(
            "propagation: PROPAGATION_BIDIRECTIONAL",
            m -> m.setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL),
            ""));
  }

  private static Arguments bad(
      String message, UnaryOperator<Mount.Builder> change, String subPath) {
    return Arguments.of(message, change, subPath);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void refused(String message, UnaryOperator<Mount.Builder> change, String subPath) {
    assertThatThrownBy(() -> of(change.apply(mount(subPath)), false))
        .isInstanceOfSatisfying(
            Failure.class, f -> assertThat(f.kind()).isEqualTo(Failure.Kind.INVALID))
        .hasMessageContaining("ImageVolumeMountFailed: mounts[0]." + message);
  }

  @Test
  void anImageThatIsNotHereIsNotFound() {
    assertThatThrownBy(
            () -> ImageMounts.of("mounts[0].", mount("").build(), "/data", Map.of(), false))
        .isInstanceOfSatisfying(
            Failure.class, f -> assertThat(f.kind()).isEqualTo(Failure.Kind.NOT_FOUND))
        .hasMessageContaining("image \"example.test/data:1\" of mounts[0].image");
  }
}
