package dev.carafe.agent.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.image.TestImage;
import dev.carafe.agent.image.TestLayer;
import dev.carafe.agent.image.TestLayer.Compression;
import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against a registry that misbehaves, on loopback. */
class RegistryClientTest {
  private static final Credentials NOBODY = new Credentials.None();
  private static final Credentials USER = new Credentials.Basic("user", "pass:word");
  private static final String BASIC =
      "Basic "
          + Base64.getEncoder().encodeToString("user:pass:word".getBytes(StandardCharsets.UTF_8));

  @TempDir private Path hostsDirectory;
  private final byte[] big = new byte[300_000];
  private TestImage image;
  private FakeRegistry registry;
  private RegistryClient client;

  @BeforeEach
  void start() throws IOException {
    new Random(7).nextBytes(big);
    image =
        TestImage.of(
            "", new TestLayer(big, Digest.of(big)), TestLayer.builder().build(Compression.NONE));
    registry = new FakeRegistry(image);
    client = new RegistryClient(() -> new HostsDirectory(hostsDirectory), Duration.ofSeconds(30));
  }

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  private RepositoryClient repository(Credentials credentials) {
    return client.repository(reference(), credentials);
  }

  private ImageReference reference() {
    return ImageReference.parse(registry.host() + "/a/b:v1");
  }

  private @Nullable Digest resolve(Credentials credentials) throws InterruptedException {
    try (RepositoryClient repository = repository(credentials)) {
      return repository.resolve(reference());
    }
  }

  private Descriptor bigBlob() {
    return new Descriptor("", Digest.of(big), big.length, null, Map.of());
  }

  private byte[] readBig() throws IOException {
    try (RepositoryClient repository = repository(NOBODY);
        InputStream in = repository.blob(bigBlob())) {
      return in.readAllBytes();
    }
  }

  private void requireAuthorization(String challenge, String authorization) {
    registry.always(exchange -> {
      if (!exchange.getRequestURI().getPath().startsWith("/v2/")
          || FakeRegistry.header(exchange, "Authorization").equals(authorization)) {
        return false;
      }
      if (!challenge.isEmpty()) {
        exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
      }
      FakeRegistry.send(exchange, 401, "{}");
      return true;
    });
  }

  private void serveToken(FakeRegistry server, String answer) {
    server.next(exchange -> {
      if (!exchange.getRequestURI().getPath().equals("/token")) {
        return false;
      }
      FakeRegistry.send(exchange, 200, answer);
      return true;
    });
  }

  @Test
  void anonymousTagIsResolved() throws Exception {
    assertThat(resolve(NOBODY)).isEqualTo(image.manifest());
    assertThat(registry.requests).containsExactly("HEAD /v2/a/b/manifests/v1");
  }

  @Test
  void registryThatTellsNoDigestIsAskedForTheManifest() throws Exception {
    registry.tellsDigests = false;
    assertThat(resolve(NOBODY)).isNull();
    try (RepositoryClient repository = repository(NOBODY)) {
      assertThat(repository.taggedManifest("v1").digest()).isEqualTo(image.manifest());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic realm=\"x\"", ""})
  void basicIsAnsweredAlsoWhereTheChallengeLacks(String challenge) throws Exception {
    requireAuthorization(challenge, BASIC);
    assertThat(resolve(USER)).isEqualTo(image.manifest());
    assertThat(registry.authorizations).containsExactly("", BASIC);
  }

  @Test
  void bearerTokenIsFetchedWithTheCallersPassword() throws Exception {
    requireAuthorization(
        "Bearer service=\"s v\",scope=\"repository:a/b:pull\",realm=\""
            + registry.url("/token")
            + "\"",
        "Bearer t0ken");
    serveToken(registry, "{\"token\":\"t0ken\"}");

    try (RepositoryClient repository = repository(USER)) {
      repository.resolve(reference());
      repository.manifest(image.manifest());
    }

    assertThat(registry.requests)
        .containsExactly(
            "HEAD /v2/a/b/manifests/v1",
            "GET /token?service=s+v&scope=repository%3Aa%2Fb%3Apull",
            "HEAD /v2/a/b/manifests/v1",
            "GET /v2/a/b/manifests/" + image.manifest());
    assertThat(registry.authorizations).containsExactly("", BASIC, "Bearer t0ken", "Bearer t0ken");
  }

  @Test
  void scopeIsMadeUpWhereTheChallengeLacksIt() throws Exception {
    requireAuthorization("Bearer realm=\"" + registry.url("/token") + "\"", "Bearer x");
    serveToken(registry, "{\"access_token\":\"x\"}");
    assertThat(resolve(NOBODY)).isEqualTo(image.manifest());
    assertThat(registry.requests).contains("GET /token?scope=repository%3Aa%2Fb%3Apull");
  }

  @Test
  void identityTokenIsExchangedByPost() throws Exception {
    requireAuthorization(
        "Bearer realm=\"" + registry.url("/token") + "\",service=\"s\"", "Bearer fresh");
    AtomicReference<String> form = new AtomicReference<>("");
    registry.next(exchange -> {
      if (!exchange.getRequestURI().getPath().equals("/token")) {
        return false;
      }
      form.set(
          exchange.getRequestMethod()
              + " "
              + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
      FakeRegistry.send(exchange, 200, "{\"access_token\":\"fresh\"}");
      return true;
    });

    assertThat(resolve(new Credentials.IdentityToken("ref/resh"))).isEqualTo(image.manifest());

    assertThat(form.get())
        .startsWith("POST ")
        .contains("grant_type=refresh_token")
        .contains("refresh_token=ref%2Fresh")
        .contains("service=s");
  }

  @Test
  void registryTokenIsSentAsItIs() throws Exception {
    requireAuthorization("Bearer realm=\"http://127.0.0.1:1/never\"", "Bearer mine");
    assertThat(resolve(new Credentials.RegistryToken("mine"))).isEqualTo(image.manifest());
  }

  @Test
  void refusalNamesHostAndRepositoryAndNoSecret() {
    requireAuthorization("Basic realm=\"x\"", "Basic other");
    assertThatThrownBy(() -> resolve(USER))
        .isInstanceOf(ImageException.Unauthorized.class)
        .hasMessageContaining(registry.host())
        .hasMessageContaining("a/b")
        .message()
        .doesNotContain("pass:word");
    assertThatThrownBy(() -> resolve(NOBODY))
        .isInstanceOf(ImageException.Unauthorized.class)
        .hasMessageContaining("basic");
  }

  @Test
  void redirectToAnotherHostLosesTheCredentials() throws Exception {
    requireAuthorization("Basic realm=\"x\"", BASIC);
    try (FakeRegistry storage = new FakeRegistry(image);
        RepositoryClient repository = repository(USER)) {
      repository.resolve(reference());
      registry.next(exchange -> {
        exchange
            .getResponseHeaders()
            .set("Location", storage.url("/elsewhere/" + Digest.of(big)).toString());
        FakeRegistry.send(exchange, 307, "");
        return true;
      });
      try (InputStream in = repository.blob(bigBlob())) {
        assertThat(in.readAllBytes()).isEqualTo(big);
      }
      assertThat(registry.authorizations.getLast()).isEqualTo(BASIC);
      assertThat(storage.authorizations).containsExactly("");
    }
  }

  @Test
  void endlessRedirectsEnd() {
    registry.always(exchange -> {
      exchange.getResponseHeaders().set("Location", "/again");
      FakeRegistry.send(exchange, 302, "");
      return true;
    });
    assertThatThrownBy(() -> resolve(NOBODY))
        .isInstanceOf(ImageException.RegistryUnavailable.class)
        .hasMessageContaining("redirects");
  }

  @Test
  void brokenBlobGoesOnAtTheByteReached() throws Exception {
    registry.next(registry.breakBlobAfter(100_000));
    registry.next(registry.breakBlobAfter(50_000));
    assertThat(readBig()).isEqualTo(big);
    assertThat(registry.ranges).hasSize(3);
    assertThat(registry.ranges.getFirst()).isEmpty();
    assertThat(registry.ranges.get(2)).isEqualTo("bytes=150000-");
  }

  @Test
  void serverThatKnowsNoRangesIsReadFromTheStart() throws Exception {
    registry.next(registry.breakBlobAfter(100_000));
    registry.next(exchange -> {
      exchange.sendResponseHeaders(200, big.length);
      exchange.getResponseBody().write(big);
      return true;
    });
    assertThat(readBig()).isEqualTo(big);
  }

  @Test
  void wrongRangeIsRefused() {
    registry.next(registry.breakBlobAfter(100_000));
    registry.always(exchange -> {
      exchange.getResponseHeaders().set("Content-Range", "bytes 5-299999/300000");
      exchange.sendResponseHeaders(206, 10);
      exchange.getResponseBody().write(new byte[10]);
      return true;
    });
    assertThatThrownBy(this::readBig)
        .isInstanceOf(ImageException.RegistryUnavailable.class)
        .hasMessageContaining("bytes 5-299999/300000");
  }

  @Test
  void serverErrorsAreTriedAgain() throws Exception {
    for (int status : List.of(500, 503, 429)) {
      registry.next(exchange -> {
        FakeRegistry.send(exchange, status, "busy");
        return true;
      });
    }
    assertThat(resolve(NOBODY)).isEqualTo(image.manifest());
    assertThat(registry.requests).hasSize(4);
  }

  @Test
  void missingImageIsNotTriedAgain() {
    assertThatThrownBy(
            () -> {
              try (RepositoryClient repository = repository(NOBODY)) {
                repository.manifest(Digest.of(new byte[] {1}));
              }
            })
        .isInstanceOf(ImageException.NotFound.class)
        .hasMessageContaining("404")
        .hasMessageContaining("a/b/manifests");
    assertThat(registry.requests).hasSize(1);
  }

  @Test
  void wrongManifestIsRefused() {
    registry.always(exchange -> {
      FakeRegistry.send(exchange, 200, "{}");
      return true;
    });
    assertThatThrownBy(
            () -> {
              try (RepositoryClient repository = repository(NOBODY)) {
                repository.manifest(image.manifest());
              }
            })
        .isInstanceOf(ImageException.DigestMismatch.class)
        .hasMessageContaining(image.manifest().toString());
  }

  @Test
  void hugeManifestIsRefused() {
    registry.always(exchange -> {
      exchange.sendResponseHeaders(200, 0);
      try {
        for (int i = 0; i < 600; i++) {
          exchange.getResponseBody().write(new byte[1 << 14]);
        }
      } catch (IOException e) {
        // The client hung up, as it should.
      }
      return true;
    });
    assertThatThrownBy(
            () -> {
              try (RepositoryClient repository = repository(NOBODY)) {
                repository.manifest(image.manifest());
              }
            })
        .isInstanceOf(ImageException.InvalidImage.class)
        .hasMessageContaining("4194304");
  }

  @Test
  void silenceIsGivenUp() {
    CountDownLatch done = new CountDownLatch(1);
    registry.always(exchange -> {
      exchange.sendResponseHeaders(200, big.length);
      exchange.getResponseBody().write(big, 0, 1000);
      exchange.getResponseBody().flush();
      try {
        done.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return true;
    });
    try (RegistryClient impatient =
            new RegistryClient(() -> new HostsDirectory(hostsDirectory), Duration.ofMillis(400));
        RepositoryClient repository = impatient.repository(reference(), NOBODY);
        InputStream in = repository.blob(bigBlob())) {
      assertThatThrownBy(in::readAllBytes)
          .isInstanceOf(ImageException.PullTimedOut.class)
          .hasMessageContaining(bigBlob().digest().toString());
    } catch (IOException e) {
      throw new AssertionError(e);
    } finally {
      done.countDown();
    }
  }

  @Test
  void mirrorsComeFirstAndTheRegistryLast() throws Exception {
    try (FakeRegistry mirror = new FakeRegistry(image)) {
      Path directory = Files.createDirectories(hostsDirectory.resolve("example.org"));
      Files.writeString(
          directory.resolve("hosts.toml"),
          """
          server = "http://%s"
          [host."http://%s"]
          [host."http://%s".header]
          x-mine = "yes"
          """
              .formatted(registry.host(), mirror.host(), mirror.host()));
      ImageReference reference = ImageReference.parse("example.org/a/b:v1");
      mirror.next(exchange -> {
        assertThat(FakeRegistry.header(exchange, "x-mine")).isEqualTo("yes");
        FakeRegistry.send(exchange, 404, "");
        return true;
      });
      try (RepositoryClient repository = client.repository(reference, NOBODY)) {
        assertThat(repository.resolve(reference)).isEqualTo(image.manifest());
        repository.manifest(image.manifest());
      }
      assertThat(mirror.requests)
          .containsExactly(
              "HEAD /v2/a/b/manifests/v1?ns=example.org",
              "GET /v2/a/b/manifests/" + image.manifest() + "?ns=example.org");
      assertThat(registry.requests).containsExactly("HEAD /v2/a/b/manifests/v1");
    }
  }

  @Test
  void deadMirrorIsAskedOncePerPull() throws Exception {
    Path directory = Files.createDirectories(hostsDirectory.resolve("example.org"));
    Files.writeString(
        directory.resolve("hosts.toml"),
        "server = \"http://%s\"\n[host.\"http://127.0.0.1:1\"]\n".formatted(registry.host()));
    ImageReference reference = ImageReference.parse("example.org/a/b:v1");
    try (RepositoryClient repository = client.repository(reference, NOBODY)) {
      assertThat(repository.resolve(reference)).isEqualTo(image.manifest());
    }
  }

  @Test
  void unreachableRegistryIsNamed() {
    ImageReference reference = ImageReference.parse("127.0.0.1:1/a:v1");
    assertThatThrownBy(
            () -> {
              try (RepositoryClient repository = client.repository(reference, NOBODY)) {
                repository.resolve(reference);
              }
            })
        .isInstanceOf(ImageException.RegistryUnavailable.class)
        .hasMessageContaining("http://127.0.0.1:1/v2/a/manifests/v1")
        .hasMessageContaining("no connection");
  }
}
