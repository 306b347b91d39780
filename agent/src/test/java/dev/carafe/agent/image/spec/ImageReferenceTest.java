package dev.carafe.agent.image.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
  private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @CsvSource({
    "busybox, docker.io/library/busybox:latest",
    "busybox:1.36, docker.io/library/busybox:1.36",
    "user/app, docker.io/user/app:latest",
    "docker.io/busybox, docker.io/library/busybox:latest",
    "index.docker.io/library/busybox:1, docker.io/library/busybox:1",
    "localhost/a, localhost/a:latest",
    "localhost:5000/a/b:c, localhost:5000/a/b:c",
    "127.0.0.1:5000/a, 127.0.0.1:5000/a:latest",
    "[::1]:5000/a, [::1]:5000/a:latest",
    "registry.k8s.io/e2e-test-images/busybox:1.29-2, registry.k8s.io/e2e-test-images/busybox:1.29-2",
    "a.b/c__d--e.f/g:T_.-x, a.b/c__d--e.f/g:T_.-x",
    "REG/app, REG/app:latest",
  })
  void isNormalisedAsDockerDoes(String text, String canonical) {
    ImageReference reference = ImageReference.parse(text);
    assertThat(reference).hasToString(canonical);
    assertThat(ImageReference.parse(canonical)).isEqualTo(reference);
  }

  @Test
  void digestTakesNoDefaultTag() {
    ImageReference reference = ImageReference.parse("busybox@" + DIGEST);
    assertThat(reference.tag()).isNull();
    assertThat(reference).hasToString("docker.io/library/busybox@" + DIGEST);
    assertThat(reference.tags()).isEmpty();
  }

  @Test
  void digestOutweighsATag() {
    ImageReference reference = ImageReference.parse("host:1/a:v@" + DIGEST);
    assertThat(reference.tag()).isEqualTo("v");
    assertThat(reference.version()).isEqualTo(DIGEST);
    assertThat(reference.tags()).containsExactly("host:1/a:v");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Busybox",
        "a.b/UP",
        "a//b",
        "/a",
        "a/",
        "a:",
        "a:-x",
        "a b",
        "a.b:port/c",
        "a@sha256:abc",
        "a@md5:0123",
        "a@",
        "-a",
        "a..b",
        "a/../b",
        "a:tag:tag",
        "http://a.b/c"
      })
  void whatIsNoneIsRefusedByName(String text) {
    assertThatThrownBy(() -> ImageReference.parse(text))
        .isInstanceOf(ImageException.InvalidReference.class)
        .hasMessageContaining(text);
  }

  @Test
  void lengthsAreLimited() {
    assertThatThrownBy(() -> ImageReference.parse("a.b/" + "c".repeat(260)))
        .isInstanceOf(ImageException.InvalidReference.class)
        .hasMessageContaining("255");
    assertThatThrownBy(() -> ImageReference.parse("a:" + "t".repeat(129)))
        .isInstanceOf(ImageException.InvalidReference.class)
        .hasMessageContaining("128");
  }
}
