package dev.carafe.agent.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageConfig;
import dev.carafe.agent.image.store.Image;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PinnedImagesTest {
  private static final Digest DIGEST = Digest.of(new byte[0]);

  @ParameterizedTest
  @CsvSource({
    "registry.k8s.io/pause:3.9, true",
    "registry.k8s.io/pause:*, true",
    "*/pause:*, true",
    "*, true",
    "busybox, true",
    "registry.k8s.io/pause, false",
    "registry.k8s.io/pause:3.10, false",
    "registry.k8s.io/paus?:3.9, false",
    "pause, false",
    "registry.k8s.io/pause@*, true",
    "Not//a::name, false",
  })
  void aPatternFitsAWholeName(String pattern, boolean pins) {
    Image image =
        new Image(
            DIGEST,
            List.of("registry.k8s.io/pause:3.9", "docker.io/library/busybox:latest"),
            List.of("registry.k8s.io/pause@" + DIGEST),
            1,
            ImageConfig.NONE,
            List.of(),
            "",
            0,
            false);
    assertThat(new PinnedImages(List.of("other", pattern)).pins(image)).isEqualTo(pins);
  }
}
