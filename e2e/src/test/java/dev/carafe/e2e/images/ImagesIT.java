package dev.carafe.e2e.images;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.e2e.Command;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What critest's specs need of the images that {@code e2e/images/build} makes, seen by chroot.
 * Needs root.
 */
class ImagesIT {
  private static final String E2E = "registry.k8s.io/e2e-test-images/";
  private static final String TEST_IMAGE = "gcr.io/k8s-staging-cri-tools/test-image-";

  @TempDir static Path temp;
  private static ImageLayout layout;
  private static Path busybox;

  @BeforeAll
  static void build() throws Exception {
    Path e2e = Path.of(System.getProperty("carafe.home")).resolve("e2e");
    Path out = e2e.resolve("target/images");
    Command built = Command.run(e2e.resolve("images/build").toString(), out.toString());
    Assumptions.assumeTrue(built.exit() != 3, "SKIP images: " + built.stderr().strip());
    assertThat(built).as("e2e/images/build").matches(result -> result.exit() == 0);
    layout = ImageLayout.read(out.resolve("layout"));
    busybox = unpack(E2E + "busybox:1.29-2");
  }

  @Test
  void hasEveryImageThatCritestPulls() {
    List<String> names = new ArrayList<>();
    for (String name :
        List.of("busybox:1.29-2", "nginx:1.14-2", "httpd:2.4.39-4", "nonewprivs:1.3")) {
      names.add(E2E + name);
    }
    for (String name :
        List.of(
            "latest:latest",
            "tag:test",
            "tag:all",
            "1:latest",
            "2:latest",
            "3:latest",
            "tags:1",
            "tags:2",
            "tags:3",
            "user-uid:latest",
            "user-username:latest",
            "user-uid-group:latest",
            "user-username-group:latest",
            "predefined-group:latest")) {
      names.add(TEST_IMAGE + name);
    }
    names.add("gcr.io/k8s-staging-cri-tools/hostnet-nginx-amd64:latest");
    names.add("registry.k8s.io/pause:3.9");
    names.add("k8s.gcr.io/pause:3.9");
    assertThat(layout.images().keySet()).extracting(ImageName::toString).containsAll(names);
  }

  @Test
  void tagsOfOneImageShareAManifestAndOthersDoNot() {
    assertThat(digest(TEST_IMAGE + "tags:1")).isEqualTo(digest(TEST_IMAGE + "tags:3"));
    assertThat(digest("registry.k8s.io/pause:3.9")).isEqualTo(digest("k8s.gcr.io/pause:3.9"));
    assertThat(
            List.of(
                digest(TEST_IMAGE + "1:latest"),
                digest(TEST_IMAGE + "2:latest"),
                digest(TEST_IMAGE + "3:latest")))
        .doesNotHaveDuplicates();
  }

  @Test
  void sizesAndDigestsAreTrue() throws Exception {
    int blobs = 0;
    for (Descriptor image : layout.images().values()) {
      JsonNode manifest = json(image.digest());
      verify(image.digest(), image.size());
      if (manifest.has("manifests")) {
        JsonNode nested = manifest.path("manifests").path(0);
        verify(nested.path("digest").asText(), nested.path("size").asLong());
        manifest = json(nested.path("digest").asText());
      }
      verify(manifest.path("config"));
      JsonNode diffs =
          json(manifest.path("config").path("digest").asText()).path("rootfs").path("diff_ids");
      assertThat(diffs.size()).isEqualTo(manifest.path("layers").size()).isPositive();
      for (int i = 0; i < diffs.size(); i++) {
        JsonNode layer = manifest.path("layers").path(i);
        verify(layer);
        Path blob = layout.blob(layer.path("digest").asText());
        assertThat(diffOf(blob, layer.path("mediaType").asText()))
            .isEqualTo(diffs.path(i).asText());
        blobs++;
      }
    }
    assertThat(blobs).isGreaterThan(30);
  }

  private static void verify(JsonNode descriptor) throws Exception {
    verify(descriptor.path("digest").asText(), descriptor.path("size").asLong());
  }

  private static void verify(String digest, long size) throws Exception {
    assertThat(Files.size(layout.blob(digest))).as(digest).isEqualTo(size);
    assertThat(sha256(Files.newInputStream(layout.blob(digest)))).isEqualTo(digest);
  }

  private static String diffOf(Path blob, String mediaType) throws Exception {
    InputStream file = Files.newInputStream(blob);
    return sha256(mediaType.endsWith("gzip") ? new GZIPInputStream(file) : file);
  }

  private static String sha256(InputStream content) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (InputStream in = new DigestInputStream(content, digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return "sha256:" + HexFormat.of().formatHex(digest.digest());
  }

  @Test
  void configsStateTheUsers() throws Exception {
    Map<String, String> users =
        Map.of(
            "uid",
            "1002",
            "username",
            "www-data",
            "uid-group",
            "1003:1004",
            "username-group",
            "www-data:1004");
    for (Map.Entry<String, String> user : users.entrySet()) {
      JsonNode manifest = json(digest(TEST_IMAGE + "user-" + user.getKey() + ":latest"));
      JsonNode config = json(manifest.path("config").path("digest").asText());
      assertThat(config.path("config").path("User").asText())
          .as(user.getKey())
          .isEqualTo(user.getValue());
    }
  }

  @Test
  void aMaskedCommandIsRefusedInBusyboxWords() throws Exception {
    Path root = unpack(E2E + "busybox:1.29-2");
    Files.delete(root.resolve("bin/ls"));
    Files.writeString(root.resolve("bin/ls"), "");
    Command result = Command.run("chroot", root.toString(), "/bin/sh", "-c", "ls");
    assertThat(result.exit()).isEqualTo(126);
    assertThat(result.stderr()).isEqualTo("/bin/sh: ls: Permission denied\n");
  }

  @Test
  void busyboxHasTheCommandsOfTheSpecs() throws Exception {
    for (String command :
        List.of(
            "sh",
            "top",
            "sleep",
            "pgrep",
            "ls",
            "touch",
            "cat",
            "echo",
            "hostname",
            "ipcs",
            "netstat",
            "id",
            "brctl",
            "ping",
            "dd",
            "mount",
            "chmod",
            "grep",
            "pidof")) {
      assertThat(Command.run("chroot", busybox.toString(), "which", command).exit())
          .as(command)
          .isZero();
    }
    assertThat(Command.run("chroot", busybox.toString(), "ipcs", "-m").stdout()).contains("shmid");
    assertThat(Command.run("chroot", busybox.toString(), "pgrep", "--version").stdout())
        .contains("procps");
    assertThat(Command.run("chroot", "--userspec=65534", busybox.toString(), "id", "-nu").stdout())
        .isEqualTo("nobody\n");
  }

  @Test
  void pingWithoutNetRawAsksForRoot() throws Exception {
    Command result =
        Command.run(
            "setpriv",
            "--bounding-set=-net_raw",
            "--inh-caps=-net_raw",
            "chroot",
            busybox.toString(),
            "ping",
            "-c1",
            "127.0.0.1");
    assertThat(result.exit()).isNotZero();
    assertThat(result.stdout()).startsWith("PING");
    assertThat(result.stderr()).contains("permission denied (are you root?)");
  }

  @Test
  void nonewprivsTellsTheEffectiveUid() throws Exception {
    String root = unpack(E2E + "nonewprivs:1.3").toString();
    assertThat(Command.run("chroot", "--userspec=1000:1000", root, "/nonewprivs").stdout())
        .isEqualTo("Effective uid: 0\n");
    assertThat(
            Command.run(
                    "setpriv",
                    "--no-new-privs",
                    "chroot",
                    "--userspec=1000:1000",
                    root,
                    "/nonewprivs")
                .stdout())
        .isEqualTo("Effective uid: 1000\n");
  }

  @Test
  void webServersAnswer() throws Exception {
    assertThat(page(E2E + "nginx:1.14-2", "nginx", 80)).contains("<title>Carafe");
    assertThat(page("gcr.io/k8s-staging-cri-tools/hostnet-nginx-amd64:latest", "nginx", 12003))
        .contains("<title>Carafe");
    assertThat(page(E2E + "httpd:2.4.39-4", "httpd -p 80 -h /srv/www", 80))
        .contains("<title>Carafe");
  }

  @Test
  void thePredefinedGroupIsInTheImage() throws Exception {
    Path root = unpack(TEST_IMAGE + "predefined-group:latest");
    assertThat(Command.run("chroot", root.toString(), "id", "-G", "default-user").stdout())
        .isEqualTo("1000 50000\n");
  }

  /**
   * The front page as seen in a network namespace of its own; both servers go into the background
   * by themselves.
   */
  private static String page(String image, String server, int port) throws Exception {
    Path root = unpack(image);
    String script =
        "ip link set lo up && mount --bind /dev $0/dev && mount -t proc proc $0/proc && chroot $0 %s && chroot $0 wget -qO- http://127.0.0.1:%d/"
            .formatted(server, port);
    return Command.run(
            "unshare",
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            script,
            root.toString())
        .stdout();
  }

  private static Path unpack(String image) throws Exception {
    JsonNode manifest = json(digest(image));
    if (manifest.has("manifests")) {
      manifest = json(manifest.path("manifests").path(0).path("digest").asText());
    }
    Path root = Files.createTempDirectory(temp, "root");
    for (JsonNode layer : manifest.path("layers")) {
      Path blob = layout.blob(layer.path("digest").asText());
      assertThat(Command.run("tar", "-C", root.toString(), "-xpf", blob.toString()).exit())
          .isZero();
    }
    return root;
  }

  private static JsonNode json(String digest) throws IOException {
    return new ObjectMapper().readTree(layout.content(digest));
  }

  private static String digest(String image) {
    Descriptor descriptor = layout.images().get(ImageName.parse(image));
    assertThat(descriptor).as(image).isNotNull();
    return descriptor.digest();
  }
}
