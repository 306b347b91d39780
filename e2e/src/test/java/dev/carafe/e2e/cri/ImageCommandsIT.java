package dev.carafe.e2e.cri;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.agent.cli.Carafe;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.Workload;
import dev.carafe.e2e.registry.MemoryImage;
import dev.carafe.e2e.registry.UnrulyRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code carafe image pull|import|export|ls|rm} against a running agent. */
class ImageCommandsIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final String NAME = "commands.test/app:1";

  @TempDir private Path directory;
  private MemoryImage image;
  private UnrulyRegistry registry;

  @BeforeEach
  void serve() throws IOException {
    image = MemoryImage.of(2_000_000, 3_000_000);
    registry = UnrulyRegistry.start(image);
    NODE.node().mirror(registry.url().toString(), "commands.test");
  }

  @AfterEach
  void close() {
    registry.close();
    carafe("image", "rm", NAME);
  }

  /** In this process, for a JVM a command would take longer than all of it. */
  private static Command carafe(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Map<String, String> environment =
        Map.of("CARAFE_ADDRESS", "unix://" + NODE.node().settings().socket());
    int exit =
        new Carafe(
                environment,
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                false)
            .run(List.of(arguments));
    return new Command(exit, out.toString(UTF_8), err.toString(UTF_8));
  }

  private static String ok(Command said) {
    assertThat(said.exit()).as(said.stderr()).isZero();
    return said.stdout();
  }

  private static JsonNode json(Command said) throws IOException {
    return new ObjectMapper().readTree(ok(said));
  }

  @Test
  void aPullTellsEachLayerOnceWhereNobodyLooksOn() throws Exception {
    Command pulled = carafe("image", "pull", NAME);
    assertThat(ok(pulled)).isEqualTo(image.config() + " " + NAME + "\n");
    assertThat(pulled.stderr().lines())
        .containsExactlyInAnyOrder(
            image.layers().get(0).substring(0, 19) + " 2.0 MB done",
            image.layers().get(1).substring(0, 19) + " 3.0 MB done");

    JsonNode again = json(carafe("image", "pull", NAME, "--json")).path(0);
    assertThat(again.path("id").asText()).isEqualTo(image.config());
    assertThat(again.path("repoTags").path(0).asText()).isEqualTo(NAME);
    assertThat(again.path("sizeBytes").asLong()).isGreaterThan(5_000_000);
  }

  @Test
  void onATerminalAPullDrawsABarForEachLayer() throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/script")), "SKIP terminal: no script(1) here");
    Path program = directory.resolve("pull");
    Files.writeString(
        program, "exec '" + String.join("' '", NODE.carafe("image", "pull", NAME)) + "'");
    Command pulled =
        Command.run("/usr/bin/script", "-qec", "sh " + program, directory.resolve("log") + "");
    String screen = ok(pulled).replace("\r", "");
    for (int i = 0; i < 2; i++) {
      assertThat(screen)
          .containsPattern(
              image.layers().get(i).substring(0, 19)
                  + " \\[={24}\\] +%d\\.0 MB / %d\\.0 MB +done".formatted(i + 2, i + 2));
    }
    assertThat(screen.lines().filter(line -> line.contains("[")).map(ImageCommandsIT::visible))
        .allSatisfy(line -> assertThat(line.length()).isLessThan(80));
    assertThat(screen).endsWith(image.config() + " " + NAME + "\n");
  }

  private static String visible(String line) {
    return line.replaceAll("\u001b\\[[0-9]*[A-Z]", "");
  }

  @Test
  void aPrivateImageIsPulledWithAnAuthFile() throws Exception {
    String auth = Base64.getEncoder().encodeToString("me:secret".getBytes(UTF_8));
    registry.always((exchange, blob) -> {
      if (UnrulyRegistry.header(exchange, "Authorization").equals("Basic " + auth)) {
        return false;
      }
      exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
      return UnrulyRegistry.status(exchange, 401);
    });
    String name = registry.host() + "/private:1";
    Path file =
        Files.writeString(
            directory.resolve("config.json"),
            "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(registry.host(), auth));
    Command refused = carafe("image", "pull", name);
    assertThat(refused.exit()).isOne();
    assertThat(refused.stderr()).contains(name, "wants credentials");
    assertThat(ok(carafe("image", "pull", name, "--auth-file", file.toString())))
        .contains(image.config());
    ok(carafe("image", "rm", name));

    Command other = carafe("image", "pull", NAME, "--auth-file", file.toString());
    assertThat(other.exit()).isOne();
    assertThat(other.stderr()).contains(file.toString(), "commands.test");
  }

  @Test
  void anExportComesBackAsTheSameImage() throws Exception {
    ok(carafe("image", "pull", NAME));
    Path file = directory.resolve("app.tar");
    String exported = ok(carafe("image", "export", NAME, "--output", file.toString()));
    assertThat(exported)
        .startsWith(image.config() + " " + file + "\n")
        .contains("the image's id is the same, its manifest is sha256:");
    // Its layers were uncompressed from the start, so their digests are those of the registry.
    assertThat(Command.run("tar", "-tf", file.toString()).stdout())
        .contains(
            "oci-layout\n", "index.json\n", "blobs/sha256/" + image.layers().get(0).substring(7));
    ok(carafe("image", "rm", NAME));

    Command imported = carafe("image", "import", file.toString());
    assertThat(ok(imported)).isEqualTo(image.config() + " " + NAME + "\n");
    assertThat(imported.stderr()).contains("2.0 MB done");
    ok(carafe("image", "rm", NAME));

    Path layout = Files.createDirectory(directory.resolve("layout"));
    assertThat(Command.run("tar", "-C", layout.toString(), "-xf", file.toString()).exit()).isZero();
    JsonNode fromDirectory =
        json(carafe("image", "import", layout.toString(), "--json", "--name", NAME));
    assertThat(fromDirectory.path(0).path("id").asText()).isEqualTo(image.config());

    Command again = carafe("image", "export", "commands.test/none:1", "--output", file.toString());
    assertThat(again.exit()).isOne();
    assertThat(again.stderr()).contains("commands.test/none:1 is not on this node");
    Command nowhere = carafe("image", "export", NAME, "--output", "/nonexistent/dir/x.tar");
    assertThat(nowhere.exit()).isOne();
    assertThat(nowhere.stderr()).contains("/nonexistent/dir/x.tar");
    assertThat(carafe("image", "export", NAME).exit()).isEqualTo(2);
  }

  @Test
  void theTableLinesUp() throws Exception {
    ok(carafe("image", "pull", NAME));
    List<String> lines = ok(carafe("image", "ls")).lines().toList();
    int column = lines.getFirst().indexOf("NAME");
    assertThat(lines.getFirst()).startsWith("IMAGE ID ");
    assertThat(lines.subList(1, lines.size()))
        .hasSizeGreaterThanOrEqualTo(2)
        .allSatisfy(line -> assertThat(line.substring(column - 2, column + 1)).matches("  \\S"))
        .anySatisfy(line -> assertThat(line).endsWith("  " + NAME));
    assertThat(json(carafe("image", "ls", "--json")))
        .anySatisfy(one -> {
          assertThat(one.path("id").asText()).isEqualTo(image.config());
          assertThat(one.path("repoTags").path(0).asText()).isEqualTo(NAME);
          assertThat(one.path("pinned").asBoolean()).isFalse();
        });
  }

  @Test
  void removingSaysWhatStays() throws Exception {
    assertThat(carafe("image", "rm", NAME).stderr()).contains(NAME, "is not on this node");
    ok(carafe("image", "pull", NAME));
    assertThat(ok(carafe("image", "rm", NAME))).isEqualTo(image.config() + " " + NAME + "\n");

    Workload pod = NODE.pod();
    CriNode.run(pod, CriNode.shell("c", "sleep 1000"));
    assertThat(ok(carafe("image", "rm", CriNode.BUSYBOX)))
        .contains("its layers stay until 1 containers that use it are gone");
    NODE.node().pull(CriNode.BUSYBOX);
    pod.remove();
  }
}
