package dev.carafe.agent.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.image.ImageSettings;
import dev.carafe.agent.image.PullRequest;
import dev.carafe.agent.image.TestImage;
import dev.carafe.agent.image.TestLayer;
import dev.carafe.agent.image.TestLayer.Compression;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.store.Image;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole pulls from a registry that can misbehave. Needs root: layers have owners. */
class PullIT {
  @TempDir private Path temporary;
  private final TestLayer base =
      TestLayer.builder().directory("usr", 0755).file("usr/f", "x").build(Compression.GZIP);
  // Leans on the layer below: its parent directory is not declared.
  private final TestLayer top = TestLayer.builder().file("usr/g", "y").build(Compression.ZSTD);
  private final TestImage image = TestImage.of("7:8", base, top).indexed();
  private FakeRegistry registry;
  private ImageService service;

  @BeforeEach
  void start() throws IOException {
    registry = new FakeRegistry(image);
    service =
        ImageService.open(
            ImageSettings.of(temporary.resolve("images"), () -> temporary.resolve("certs.d")),
            id -> false);
  }

  @AfterEach
  void stop() {
    service.close();
    registry.close();
  }

  private Image pull(@Nullable Duration timeout) throws InterruptedException {
    return service.pull(
        new PullRequest(registry.host() + "/a/b:v1", new Credentials.None(), timeout));
  }

  private static String blobPath(TestLayer layer) {
    return "/v2/a/b/blobs/" + layer.descriptor().digest();
  }

  private long requestsFor(String path) {
    return registry.requests.stream().filter(request -> request.endsWith(path)).count();
  }

  @Test
  void indexGivesThisPlatformsImageUnderTheIndexsDigest() throws Exception {
    Image pulled = pull(null);
    assertThat(pulled.id()).isEqualTo(image.config());
    assertThat(pulled.repoDigests()).containsExactly(registry.host() + "/a/b@" + image.manifest());
    assertThat(pulled.layers().getFirst()).isEqualTo(base.diffId().hex());
    assertThat(pulled.layers().getLast()).isNotEqualTo(top.diffId().hex());
  }

  @Test
  void secondPullAsksOnlyWhatTheTagMeans() throws Exception {
    Image first = pull(null);
    registry.requests.clear();
    assertThat(pull(null)).isEqualTo(first);
    assertThat(registry.requests).containsExactly("HEAD /v2/a/b/manifests/v1");
  }

  @Test
  void wrongLayerLeavesNothingBehind() {
    registry.next(exchange -> {
      if (!exchange.getRequestURI().getPath().equals(blobPath(top))) {
        return false;
      }
      byte[] wrong = top.blob();
      wrong[wrong.length - 1] ^= 1;
      exchange.sendResponseHeaders(200, wrong.length);
      exchange.getResponseBody().write(wrong);
      return true;
    });
    assertThatThrownBy(() -> pull(null))
        .isInstanceOf(ImageException.DigestMismatch.class)
        .hasMessageContaining(top.descriptor().digest().toString());
    assertThat(service.list(null)).isEmpty();
    Awaitility.await()
        .untilAsserted(() -> assertThat(temporary.resolve("images/tmp")).isEmptyDirectory());
  }

  @Test
  void deadlineLosesNoFinishedLayer() throws Exception {
    CountDownLatch hang = new CountDownLatch(1);
    registry.next(exchange -> {
      if (!exchange.getRequestURI().getPath().equals(blobPath(top))) {
        return false;
      }
      Awaitility.await().until(() -> requestsFor(blobPath(base)) == 1);
      try {
        hang.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return true;
    });
    Path layer = temporary.resolve("images/layers/" + base.diffId().hex());
    FutureTask<Image> pulling = new FutureTask<>(() -> pull(null));
    Thread caller = Thread.ofVirtual().start(pulling);
    Awaitility.await().until(() -> layer.toFile().exists());
    caller.interrupt();
    assertThatThrownBy(() -> pulling.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(InterruptedException.class);
    Awaitility.await()
        .untilAsserted(() -> assertThat(temporary.resolve("images/tmp")).isEmptyDirectory());
    hang.countDown();

    assertThatThrownBy(() -> pull(Duration.ofMillis(1)))
        .isInstanceOf(ImageException.PullTimedOut.class);
    assertThat(pull(null).id()).isEqualTo(image.config());
    assertThat(requestsFor(blobPath(base))).isEqualTo(1);
  }
}
