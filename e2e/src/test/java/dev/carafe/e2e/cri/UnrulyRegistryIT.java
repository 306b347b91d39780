package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.refusal;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.carafe.cri.v1.AuthConfig;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ImageServiceGrpc.ImageServiceBlockingStub;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.ImageStatusRequest;
import dev.carafe.cri.v1.ListImagesRequest;
import dev.carafe.cri.v1.Mount;
import dev.carafe.cri.v1.PullImageRequest;
import dev.carafe.cri.v1.RemoveImageRequest;
import dev.carafe.e2e.client.Workload;
import dev.carafe.e2e.registry.MemoryImage;
import dev.carafe.e2e.registry.UnrulyRegistry;
import dev.carafe.e2e.registry.UnrulyRegistry.Seen;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pulls from a registry that does everything wrong that registries do. */
class UnrulyRegistryIT {
  @RegisterExtension static final CriNode NODE = new CriNode();

  private static final String HOST = "unruly.test";
  private static final String NAME = HOST + "/app:1";
  private static final String BASIC =
      "Basic " + Base64.getEncoder().encodeToString("user:secret".getBytes(UTF_8));

  private final List<UnrulyRegistry> open = new ArrayList<>();

  private UnrulyRegistry serve(MemoryImage image) throws IOException {
    UnrulyRegistry registry = UnrulyRegistry.start(image);
    open.add(registry);
    NODE.node().mirror(registry.url().toString(), HOST);
    return registry;
  }

  @AfterEach
  void close() {
    open.forEach(UnrulyRegistry::close);
    images().removeImage(RemoveImageRequest.newBuilder().setImage(spec(NAME)).build());
  }

  private static ImageServiceBlockingStub images() {
    return NODE.node().client().images();
  }

  private static ImageSpec spec(String name) {
    return ImageSpec.newBuilder().setImage(name).build();
  }

  private static void hosts(String toml) throws IOException {
    Path directory = Files.createDirectories(NODE.node().settings().certs().resolve(HOST));
    Files.writeString(directory.resolve("hosts.toml"), toml);
  }

  private static Path store() {
    return NODE.node().settings().root().resolve("images");
  }

  /** Nothing half-made is in the store, and no layer but those of the images that are listed. */
  private static void assertNothingHalfThere() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(store().resolve("tmp")).isEmptyDirectory());
  }

  /** A blob that is asked for is held back until the latch is opened. */
  private static void holdBack(
      UnrulyRegistry registry, String digest, CountDownLatch asked, CountDownLatch release) {
    registry.always(
        UnrulyRegistry.forBlob(
            digest,
            (exchange, blob) -> {
              asked.countDown();
              try {
                release.await();
              } catch (InterruptedException closing) {
                Thread.currentThread().interrupt();
              }
              return false;
            }));
  }

  private static boolean present() {
    return images()
        .imageStatus(ImageStatusRequest.newBuilder().setImage(spec(NAME)).build())
        .hasImage();
  }

  @Test
  void aBodyThatIsCutGoesOnWhereItBroke() throws Exception {
    MemoryImage image = MemoryImage.of(300_000);
    UnrulyRegistry registry = serve(image);
    String layer = image.layers().getFirst();
    for (long cut : new long[] {100_000, 180_000, 250_000}) {
      registry.next((exchange, blob) ->
          blob != null
              && blob.digest().equals(layer)
              && UnrulyRegistry.send(exchange, blob, UnrulyRegistry.firstByte(exchange), cut));
    }
    assertThat(NODE.node().pull(NAME)).isEqualTo(image.config());
    List<Seen> asked = registry.requestsFor(layer);
    assertThat(asked).hasSize(4);
    assertThat(asked.getFirst().range()).isEmpty();
    // What a connection lost on its way when it broke is asked for again.
    assertThat(asked.subList(1, 4))
        .allSatisfy(seen -> assertThat(seen.range()).startsWith("bytes="));
    assertThat(asked.getLast().range()).isNotEqualTo("bytes=0-");
  }

  @Test
  void aServerThatIgnoresRangesIsReadAgain() throws Exception {
    MemoryImage image = MemoryImage.of(300_000);
    UnrulyRegistry registry = serve(image);
    registry.next(cutAt(image, 200_000));
    registry.always(
        (exchange, blob) -> blob != null && UnrulyRegistry.send(exchange, blob, 0, blob.size()));
    assertThat(NODE.node().pull(NAME)).isEqualTo(image.config());
    assertThat(registry.requestsFor(image.layers().getFirst())).hasSize(2);
  }

  @Test
  void aServerThatRefusesRangesIsReadAgain() throws Exception {
    MemoryImage image = MemoryImage.of(300_000);
    UnrulyRegistry registry = serve(image);
    registry.next(cutAt(image, 200_000));
    registry.always((exchange, blob) ->
        blob != null
            && !UnrulyRegistry.header(exchange, "Range").isEmpty()
            && UnrulyRegistry.status(exchange, 416));
    assertThat(NODE.node().pull(NAME)).isEqualTo(image.config());
    assertThat(registry.requestsFor(image.layers().getFirst())).hasSize(3);
  }

  private static UnrulyRegistry.Manner cutAt(MemoryImage image, long byteCount) {
    return (exchange, blob) ->
        blob != null
            && blob.digest().equals(image.layers().getFirst())
            && UnrulyRegistry.send(exchange, blob, 0, byteCount);
  }

  @Test
  void failuresThatPassAreWaitedFor() throws Exception {
    MemoryImage image = MemoryImage.of(1000);
    UnrulyRegistry registry = serve(image);
    String layer = image.layers().getFirst();
    registry.next(
        UnrulyRegistry.forBlob(
            layer, (exchange, blob) -> UnrulyRegistry.text(exchange, 503, "busy")));
    registry.next(
        UnrulyRegistry.forBlob(
            layer,
            (exchange, blob) -> {
              exchange.getResponseHeaders().set("Retry-After", "1");
              return UnrulyRegistry.text(exchange, 429, "slow down");
            }));
    assertThat(NODE.node().pull(NAME)).isEqualTo(image.config());
    List<Seen> asked = registry.requestsFor(layer);
    assertThat(asked).hasSize(3);
    assertThat(Duration.ofNanos(asked.get(2).nanos() - asked.get(1).nanos()))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void failuresNameTheImageAndEveryHostThatWasAsked() throws Exception {
    UnrulyRegistry mirror = serve(MemoryImage.of(10));
    UnrulyRegistry registry = serve(MemoryImage.of(10));
    hosts("server = \"%s\"\n[host.\"%s\"]\n".formatted(registry.url(), mirror.url()));
    mirror.always((exchange, blob) -> UnrulyRegistry.text(exchange, 404, "not mirrored"));
    registry.always((exchange, blob) -> UnrulyRegistry.text(exchange, 500, "on fire"));
    Status status = refusal(() -> NODE.node().pull(NAME));
    // The kubelet shows this as RegistryUnavailable, and knows it by how it begins.
    assertThat(status.getCode()).isEqualTo(Code.UNKNOWN);
    assertThat(status.getDescription())
        .startsWith("RegistryUnavailable: pulling " + NAME)
        .contains(mirror.host(), "404", registry.host(), "500");
  }

  @Test
  void aMirrorIsNotToldTheRegistrysPassword() throws Exception {
    MemoryImage image = MemoryImage.of(1000);
    UnrulyRegistry mirror = serve(image);
    UnrulyRegistry registry = serve(image);
    UnrulyRegistry storage = UnrulyRegistry.start(image);
    open.add(storage);
    hosts("server = \"%s\"\n[host.\"%s\"]\n".formatted(registry.url(), mirror.url()));
    mirror.always((exchange, blob) -> challenge(exchange));
    registry.always((exchange, blob) -> {
      if (!UnrulyRegistry.header(exchange, "Authorization").equals(BASIC)) {
        return challenge(exchange);
      }
      if (blob == null || !blob.digest().equals(image.layers().getFirst())) {
        return false;
      }
      exchange
          .getResponseHeaders()
          .set("Location", storage.url() + exchange.getRequestURI().getPath());
      return UnrulyRegistry.status(exchange, 307);
    });
    images()
        .pullImage(
            PullImageRequest.newBuilder()
                .setImage(spec(NAME))
                .setAuth(AuthConfig.newBuilder().setUsername("user").setPassword("secret"))
                .build());
    assertThat(mirror.requests())
        .isNotEmpty()
        .allSatisfy(seen -> assertThat(seen.authorization()).isEmpty());
    assertThat(registry.requests()).anyMatch(seen -> seen.authorization().equals(BASIC));
    assertThat(storage.requests())
        .isNotEmpty()
        .allSatisfy(seen -> assertThat(seen.authorization()).isEmpty());
  }

  private static boolean challenge(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"unruly\"");
    return UnrulyRegistry.status(exchange, 401);
  }

  @Test
  void aMirrorHasThePasswordOfItsHostsFile() throws Exception {
    MemoryImage image = MemoryImage.of(1000);
    UnrulyRegistry mirror = serve(image);
    String own = "Basic " + Base64.getEncoder().encodeToString("mirror:own".getBytes(UTF_8));
    mirror.always((exchange, blob) ->
        !UnrulyRegistry.header(exchange, "Authorization").equals(own) && challenge(exchange));
    hosts(
        """
        server = ""
        [host."%1$s"]
        [host."%1$s".header]
        Authorization = "%2$s"
        x-extra = "yes"
        """
            .formatted(mirror.url(), own));
    images()
        .pullImage(
            PullImageRequest.newBuilder()
                .setImage(spec(NAME))
                .setAuth(AuthConfig.newBuilder().setUsername("user").setPassword("secret"))
                .build());
    assertThat(mirror.requests())
        .allSatisfy(seen -> {
          assertThat(seen.authorization()).isEqualTo(own);
          assertThat(seen.extra()).isEqualTo("yes");
          assertThat(seen.query()).isEqualTo("ns=" + HOST);
        });
  }

  @Test
  void capabilitiesAndPathsOfAMirrorAreRespected() throws Exception {
    MemoryImage image = MemoryImage.of(1000);
    UnrulyRegistry mirror = serve(image);
    UnrulyRegistry registry = serve(image);
    hosts(
        """
        server = "%s"
        [host."%s/deep/path"]
        capabilities = ["pull"]
        override_path = true
        """
            .formatted(registry.url(), mirror.url()));
    NODE.node().pull(NAME);
    assertThat(registry.requests())
        .extracting(Seen::line)
        .containsExactly("HEAD /v2/app/manifests/1");
    assertThat(mirror.requests())
        .extracting(Seen::line)
        .allSatisfy(line -> assertThat(line).startsWith("GET /deep/path/app/"))
        .contains("GET /deep/path/app/manifests/" + image.manifest());
  }

  @Test
  void manyCallersShareOneTransferAndOneThatLeavesStopsNobody() throws Exception {
    MemoryImage image = MemoryImage.of(1000);
    UnrulyRegistry registry = serve(image);
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    holdBack(registry, image.layers().getFirst(), asked, release);
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> first = callers.submit(() -> NODE.node().pull(NAME));
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      List<Future<String>> others = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        others.add(callers.submit(() -> NODE.node().pull(NAME)));
      }
      Context.CancellableContext leaving = Context.current().withCancellation();
      Future<String> leaver = callers.submit(leaving.wrap(() -> NODE.node().pull(NAME)));
      Future<String> hurried =
          callers.submit(() ->
              images()
                  .withDeadlineAfter(300, TimeUnit.MILLISECONDS)
                  .pullImage(PullImageRequest.newBuilder().setImage(spec(NAME)).build())
                  .getImageRef());
      leaving.cancel(null);
      assertThat(code(leaver)).isEqualTo(Code.CANCELLED);
      assertThat(code(hurried)).isEqualTo(Code.DEADLINE_EXCEEDED);
      release.countDown();
      assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(image.config());
      for (Future<String> other : others) {
        assertThat(other.get(20, TimeUnit.SECONDS)).isEqualTo(image.config());
      }
    }
    assertThat(registry.requestsFor(image.layers().getFirst())).hasSize(1);
  }

  private static Code code(Future<String> refused) throws InterruptedException {
    try {
      throw new AssertionError("it was not refused: " + refused.get());
    } catch (ExecutionException e) {
      return Status.fromThrowable(e).getCode();
    }
  }

  @Test
  void imagesOnOneBaseThatArePulledAtOnceFetchItOnce() throws Exception {
    MemoryImage one = MemoryImage.of(5000, 10);
    MemoryImage two = MemoryImage.of(5000, 11);
    String base = one.layers().getFirst();
    assertThat(two.layers().getFirst()).isEqualTo(base);
    UnrulyRegistry first = serve(one);
    UnrulyRegistry second = UnrulyRegistry.start(two);
    open.add(second);
    NODE.node().mirror(second.url().toString(), "other.test");
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    holdBack(first, base, asked, release);
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> slow = callers.submit(() -> NODE.node().pull(NAME));
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      Future<String> other = callers.submit(() -> NODE.node().pull("other.test/app:1"));
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> !second.requestsFor(two.layers().get(1)).isEmpty());
      release.countDown();
      assertThat(slow.get(20, TimeUnit.SECONDS)).isEqualTo(one.config());
      assertThat(other.get(20, TimeUnit.SECONDS)).isEqualTo(two.config());
    }
    assertThat(second.requestsFor(base)).isEmpty();
    images()
        .removeImage(RemoveImageRequest.newBuilder().setImage(spec("other.test/app:1")).build());
  }

  /** The agent's heap may have 192 MiB. */
  @Test
  void anImageThatIsLargerThanTheHeapIsPulled() throws Exception {
    long size = 80L << 20;
    MemoryImage image = MemoryImage.of(size, size + 1, size + 2);
    serve(image);
    assertThat(NODE.node().pull(NAME)).isEqualTo(image.config());
    Path last = store().resolve("layers/" + image.layers().get(2).substring(7) + "/fs/file-2");
    assertThat(last).hasSize(size + 2);
  }

  @Test
  void whatAKilledAgentWasPullingIsRemovedAtItsNextStart() throws Exception {
    MemoryImage image = MemoryImage.of(1000, 300_000);
    UnrulyRegistry registry = serve(image);
    CountDownLatch killed = new CountDownLatch(1);
    registry.next(
        UnrulyRegistry.forBlob(
            image.layers().get(1),
            (exchange, blob) -> {
              UnrulyRegistry.send(exchange, blob, 0, 200_000);
              try {
                killed.await();
              } catch (InterruptedException closing) {
                Thread.currentThread().interrupt();
              }
              return true;
            }));
    Path finished = store().resolve("layers/" + image.layers().getFirst().substring(7));
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> pulling = callers.submit(() -> NODE.node().pull(NAME));
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> Files.exists(finished) && !isEmpty(store().resolve("tmp")));
      NODE.node().agent().kill();
      killed.countDown();
      assertThat(code(pulling)).isEqualTo(Code.UNAVAILABLE);
    }
    assertThat(store().resolve("tmp")).isNotEmptyDirectory();
    NODE.node().startAgent();
    assertNothingHalfThere();
    assertThat(finished).doesNotExist();
    assertThat(NODE.node().pull(NAME)).isEqualTo(image.config());
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.findAny().isEmpty();
    }
  }

  @Test
  void oneImageUnderTwoTagsIsRemovedUnderBoth() throws Exception {
    serve(MemoryImage.of(1000));
    String id = NODE.node().pull(NAME);
    assertThat(NODE.node().pull(HOST + "/app:2")).isEqualTo(id);
    assertThat(NODE.node().pull(HOST + "/other@" + digestOf(id))).isEqualTo(id);
    assertThat(
            images()
                .imageStatus(ImageStatusRequest.newBuilder().setImage(spec(id)).build())
                .getImage()
                .getRepoTagsList())
        .containsExactly(NAME, HOST + "/app:2");
    images().removeImage(RemoveImageRequest.newBuilder().setImage(spec(HOST + "/app:2")).build());
    assertThat(present()).isFalse();
    assertThat(
            images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList().stream()
                .filter(image -> image.getId().equals(id)))
        .isEmpty();
  }

  private static String digestOf(String id) {
    String named =
        images()
            .imageStatus(ImageStatusRequest.newBuilder().setImage(spec(id)).build())
            .getImage()
            .getRepoDigests(0);
    return named.substring(named.indexOf('@') + 1);
  }

  @Test
  void anArtifactIsAVolumeAndNoRoot() throws Exception {
    MemoryImage artifact =
        MemoryImage.artifact(
            "application/vnd.example.model",
            Map.of("README.md", "read me\n", "weights/a.bin", "12345"));
    serve(artifact);
    assertThat(NODE.node().pull(NAME)).isEqualTo(artifact.manifest());
    Workload pod = NODE.pod();
    String id =
        CriNode.run(
            pod,
            CriNode.shell("c", "sleep 1000")
                .addMounts(volume("/model", ""))
                .addMounts(volume("/weights", "weights"))
                .addMounts(volume("/readme", "README.md")));
    assertThat(NODE.output(id, "cat /model/README.md")).isEqualTo("read me");
    assertThat(NODE.output(id, "cat /weights/a.bin")).isEqualTo("12345");
    assertThat(NODE.output(id, "cat /readme")).isEqualTo("read me");
    CriNode.assertRefused(
        Code.INVALID_ARGUMENT,
        () ->
            pod.create(
                ContainerConfig.newBuilder(CriNode.shell("d", "true").build())
                    .setImage(spec(NAME))
                    .build()),
        NAME,
        "application/vnd.example.model",
        "volume");
    pod.remove();
  }

  private static Mount volume(String path, String subPath) {
    return Mount.newBuilder()
        .setImage(spec(NAME))
        .setContainerPath(path)
        .setImageSubPath(subPath)
        .setReadonly(true)
        .build();
  }
}
