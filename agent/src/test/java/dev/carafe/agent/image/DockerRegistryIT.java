package dev.carafe.agent.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carafe.agent.image.TestLayer.Compression;
import dev.carafe.agent.image.registry.Credentials;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.store.Image;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from Debian's docker-registry what skopeo pushed there. Needs root: layers have owners. */
class DockerRegistryIT {
  private static final Path REGISTRY = Path.of("/usr/bin/docker-registry");
  private static final Path SKOPEO = Path.of("/usr/bin/skopeo");

  @TempDir private Path temporary;
  private Process registry;
  private String host;
  private ImageService service;

  @BeforeEach
  void startRegistry() throws IOException {
    assumeTrue(Files.isExecutable(REGISTRY), "SKIP docker-registry: not installed");
    assumeTrue(Files.isExecutable(SKOPEO), "SKIP skopeo: not installed");
    int port = freePort();
    host = "127.0.0.1:" + port;
    Path config =
        Files.writeString(
            temporary.resolve("registry.yml"),
            """
            version: 0.1
            storage: {filesystem: {rootdirectory: %s}}
            http: {addr: "%s"}
            """
                .formatted(temporary.resolve("registry"), host));
    registry =
        new ProcessBuilder(REGISTRY.toString(), "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(temporary.resolve("registry.log").toFile())
            .start();
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> {
          try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          }
        });
    service =
        ImageService.open(
            ImageSettings.of(temporary.resolve("images"), () -> temporary.resolve("certs.d")),
            id -> false);
  }

  @AfterEach
  void stopRegistry() throws InterruptedException {
    if (registry != null) {
      service.close();
      registry.destroy();
      assertThat(registry.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void push(Path archive, String name, String... options) throws Exception {
    List<String> command = new java.util.ArrayList<>(List.of(SKOPEO.toString(), "copy", "-q"));
    command.add("--insecure-policy");
    command.add("--dest-tls-verify=false");
    command.addAll(List.of(options));
    command.add("oci-archive:" + archive);
    command.add("docker://" + host + "/" + name);
    Process skopeo =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(temporary.resolve("skopeo.log").toFile())
            .start();
    assertThat(skopeo.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(skopeo.exitValue()).as(Files.readString(temporary.resolve("skopeo.log"))).isZero();
  }

  private Path archive(String user, String content) throws IOException {
    return TestImage.of(
            user,
            TestLayer.builder()
                .directory("etc", 0755)
                .file("etc/content", content)
                .build(Compression.GZIP),
            TestLayer.builder()
                .directory("etc", 0755)
                .file("etc/more", content)
                .build(Compression.NONE))
        .writeLayout(Files.createTempFile(temporary, "image", ".tar"), "local/name:x");
  }

  private Image pull(String reference) throws InterruptedException {
    return service.pull(new PullRequest(reference, new Credentials.None(), null));
  }

  @Test
  void ociAndDockerFormsOfOneImageAreUnpackedAlike() throws Exception {
    Path archive = archive("www-data", "hello");
    push(archive, "a/oci:v1");
    push(archive, "a/docker:v1", "--format", "v2s2");

    Image oci = pull(host + "/a/oci:v1");
    Image docker = pull(host + "/a/docker:v1");

    assertThat(oci.config().user()).isEqualTo("www-data");
    assertThat(docker.layers()).isEqualTo(oci.layers());
    assertThat(oci.repoTags()).containsExactly(host + "/a/oci:v1");
    assertThat(service.usage().inodes()).isPositive();
  }

  @Test
  void threeTagsAreOneImageAndRemovalOfOneRemovesAll() throws Exception {
    Path archive = archive("0", "same");
    for (String tag : List.of("1", "2", "3")) {
      push(archive, "tags:" + tag);
      pull(host + "/tags:" + tag);
    }

    assertThat(service.list(null)).hasSize(1);
    assertThat(service.list(null).getFirst().repoTags())
        .containsExactly(host + "/tags:1", host + "/tags:2", host + "/tags:3");

    service.remove(host + "/tags:2");

    assertThat(service.list(null)).isEmpty();
    assertThat(temporary.resolve("images/layers")).isEmptyDirectory();
  }

  @Test
  void digestPullHasNoTag() throws Exception {
    push(archive("0", "d"), "d:v1");
    String digest = pull(host + "/d:v1").repoDigests().getFirst();
    service.remove(digest);

    Image image = pull(digest);

    assertThat(image.repoTags()).isEmpty();
    assertThat(image.repoDigests()).containsExactly(digest);
    assertThat(service.find(digest)).isEqualTo(image);
  }

  @Test
  void movedTagLeavesTheOldImageWithItsDigest() throws Exception {
    push(archive("0", "one"), "moving:latest");
    Image old = pull(host + "/moving");
    push(archive("0", "two"), "moving:latest");

    Image now = pull(host + "/moving");

    assertThat(now.id()).isNotEqualTo(old.id());
    assertThat(service.find(host + "/moving")).isEqualTo(now);
    Image kept = service.find(old.id().toString());
    assertThat(kept).isNotNull();
    assertThat(kept.repoTags()).isEmpty();
    assertThat(kept.repoDigests()).isEqualTo(old.repoDigests());
  }

  @Test
  void mirrorOfTheHostsFileServesAnotherRegistrysName() throws Exception {
    push(archive("0", "m"), "library/mirrored:v1");
    Path directory = Files.createDirectories(temporary.resolve("certs.d/docker.io"));
    Files.writeString(
        directory.resolve("hosts.toml"),
        """
        server = "http://127.0.0.1:1"
        [host."http://%s"]
        capabilities = ["pull", "resolve"]
        """
            .formatted(host));

    assertThat(pull("mirrored:v1").repoTags()).containsExactly("docker.io/library/mirrored:v1");
  }

  @Test
  void missingTagIsNotFound() {
    assertThatThrownBy(() -> pull(host + "/none:v9"))
        .isInstanceOf(ImageException.NotFound.class)
        .hasMessageContaining("none")
        .hasMessageContaining("v9");
  }
}
