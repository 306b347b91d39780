package dev.carafe.e2e.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.e2e.images.ImageLayout;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoopbackRegistryTest {
  private static final String MANIFEST =
      "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"layers\":[]}";
  private static final String INDEX_TYPE = "application/vnd.oci.image.index.v1+json";

  @TempDir Path dir;
  private String blobDigest = "";
  private String manifestDigest = "";
  private String indexDigest = "";
  private LoopbackRegistry registry;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws IOException {
    blobDigest = blob("0123456789");
    manifestDigest = blob(MANIFEST);
    String index = "{\"mediaType\":\"" + INDEX_TYPE + "\",\"manifests\":[]}";
    indexDigest = blob(index);
    Files.writeString(
        dir.resolve("index.json"),
        "{\"manifests\":["
            + entry(INDEX_TYPE, indexDigest, "a.example/x/y:1")
            + ","
            + entry("application/vnd.oci.image.manifest.v1+json", manifestDigest, "b.example/x/y:1")
            + "]}");
    registry = LoopbackRegistry.start(ImageLayout.read(dir), 0);
  }

  @AfterEach
  void stop() {
    registry.close();
    client.close();
  }

  @Test
  void answersTheVersionCheck() throws Exception {
    assertThat(get("/v2/").statusCode()).isEqualTo(200);
  }

  @Test
  void aTagGivesTheManifestWithItsTypeAndDigest() throws Exception {
    HttpResponse<String> response = get("/v2/x/y/manifests/1?ns=b.example");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(MANIFEST);
    assertThat(response.headers().firstValue("Content-Type"))
        .hasValue("application/vnd.oci.image.manifest.v1+json");
    assertThat(response.headers().firstValue("Docker-Content-Digest")).hasValue(manifestDigest);
  }

  @Test
  void theNamespaceChoosesBetweenRegistriesWithTheSameName() throws Exception {
    assertThat(
            get("/v2/x/y/manifests/1?ns=a.example").headers().firstValue("Docker-Content-Digest"))
        .hasValue(indexDigest);
    assertThat(get("/v2/x/y/manifests/1?ns=c.example").statusCode()).isEqualTo(404);
  }

  @Test
  void aDigestGivesAManifestThatNoEntryNames() throws Exception {
    String nested = blob(MANIFEST + "\n");
    HttpResponse<String> response = get("/v2/x/y/manifests/" + nested);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type"))
        .hasValue("application/vnd.oci.image.manifest.v1+json");
  }

  @Test
  void headHasTheLengthAndNoBody() throws Exception {
    HttpResponse<String> response =
        send(
            request("/v2/x/y/blobs/" + blobDigest)
                .method("HEAD", HttpRequest.BodyPublishers.noBody()));
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(10);
    assertThat(response.body()).isEmpty();
  }

  @Test
  void aRangeGivesItsBytes() throws Exception {
    HttpResponse<String> tail =
        send(request("/v2/x/y/blobs/" + blobDigest).header("Range", "bytes=4-"));
    assertThat(tail.statusCode()).isEqualTo(206);
    assertThat(tail.body()).isEqualTo("456789");
    assertThat(tail.headers().firstValue("Content-Range")).hasValue("bytes 4-9/10");
    assertThat(send(request("/v2/x/y/blobs/" + blobDigest).header("Range", "bytes=2-3")).body())
        .isEqualTo("23");
  }

  @Test
  void aRangePastTheEndIsRefused() throws Exception {
    HttpResponse<String> response =
        send(request("/v2/x/y/blobs/" + blobDigest).header("Range", "bytes=10-"));
    assertThat(response.statusCode()).isEqualTo(416);
    assertThat(response.headers().firstValue("Content-Range")).hasValue("bytes */10");
  }

  @Test
  void listsTags() throws Exception {
    assertThat(get("/v2/x/y/tags/list").body()).isEqualTo("{\"name\":\"x/y\",\"tags\":[\"1\"]}");
  }

  @Test
  void unknownThingsAreNamedIn404() throws Exception {
    HttpResponse<String> response = get("/v2/x/y/manifests/2");
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).contains("MANIFEST_UNKNOWN", "x/y:2");
    assertThat(get("/v2/no/such/blobs/" + blobDigest).statusCode()).isEqualTo(404);
    assertThat(get("/v2/x/y/blobs/sha256:..").statusCode()).isEqualTo(404);
  }

  @Test
  void writingIsRefused() throws Exception {
    assertThat(send(request("/v2/x/y/manifests/1").DELETE()).statusCode()).isEqualTo(405);
  }

  @Test
  void remembersRequests() throws Exception {
    get("/v2/");
    get("/v2/x/y/tags/list");
    assertThat(registry.requests()).containsExactly("GET /v2/", "GET /v2/x/y/tags/list");
  }

  @Test
  void certsDirectoryNamesTheMirrorForEachHost() throws Exception {
    Path certs = dir.resolve("certs.d");
    CertsDirectory.write(certs, registry.uri(), registry.hosts());
    assertThat(registry.hosts()).containsExactly("a.example", "b.example");
    assertThat(certs.resolve("a.example/hosts.toml"))
        .content()
        .contains("[host.\"" + registry.uri() + "\"]");
  }

  @Test
  void aLayoutWithoutFullNamesIsRefused() throws Exception {
    Files.writeString(
        dir.resolve("index.json"), "{\"manifests\":[" + entry("t", blobDigest, "latest") + "]}");
    assertThatThrownBy(() -> ImageLayout.read(dir))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'latest'");
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(request(path));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(registry.uri() + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String entry(String type, String digest, String name) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":1,\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\"}}"
        .formatted(type, digest, name);
  }

  private String blob(String content) throws IOException {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(content.getBytes(UTF_8));
      String hex = HexFormat.of().formatHex(hash);
      Files.writeString(Files.createDirectories(dir.resolve("blobs/sha256")).resolve(hex), content);
      return "sha256:" + hex;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
