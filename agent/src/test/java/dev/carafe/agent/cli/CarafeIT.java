package dev.carafe.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.admin.AdminService;
import dev.carafe.agent.cri.CriServer;
import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.image.ImageSettings;
import dev.carafe.agent.image.TestImage;
import dev.carafe.agent.image.TestLayer;
import dev.carafe.agent.image.TestLayer.Compression;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code carafe} against a server with the admin service alone. Needs root: layers have owners. */
class CarafeIT {
  @TempDir private Path temporary;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private ImageService images;
  private CriServer server;

  @BeforeEach
  void serve() throws IOException {
    images =
        ImageService.open(
            ImageSettings.of(temporary.resolve("images"), () -> temporary.resolve("certs.d")),
            id -> false);
    server =
        CriServer.start(
            temporary.resolve("s"),
            List.of(new AdminService(images)),
            (method, unary, code, nanos) -> {});
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    images.close();
  }

  private int carafe(String... arguments) {
    return new Carafe(
            Map.of("CARAFE_ADDRESS", "unix://" + temporary.resolve("s")),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            false)
        .run(List.of(arguments));
  }

  private String archive() throws IOException {
    return TestImage.of("0", TestLayer.builder().file("a", "b").build(Compression.NONE))
        .writeLayout(temporary.resolve("a.tar"), "example.org/app:v1")
        .toString();
  }

  @Test
  void importPrintsIdAndName() throws Exception {
    assertThat(carafe("image", "import", archive())).isZero();

    assertThat(out.toString(UTF_8)).matches("sha256:[0-9a-f]{64} example.org/app:v1\n");
    assertThat(images.find("example.org/app:v1")).isNotNull();
  }

  @Test
  void nameReplacesTheArchivesOwn() throws Exception {
    assertThat(carafe("image", "import", archive(), "--name", "localhost/mine:2")).isZero();

    assertThat(images.find("localhost/mine:2")).isNotNull();
    assertThat(images.find("example.org/app:v1")).isNull();
  }

  @Test
  void whatIsNoArchiveIsRefusedWithASentence() {
    assertThat(carafe("image", "import", "/proc/self/status")).isOne();

    assertThat(err.toString(UTF_8)).startsWith("carafe: ").contains("/proc/self/status");
  }

  @Test
  void missingFileIsToldWithoutAsking() {
    assertThat(carafe("image", "import", "/nonexistent.tar")).isOne();

    assertThat(err.toString(UTF_8)).contains("/nonexistent.tar: no such file");
  }

  @Test
  void silenceIsExplained() {
    assertThat(carafe("--address", "unix:///nonexistent/s", "image", "ls")).isOne();

    assertThat(err.toString(UTF_8))
        .contains("carafed does not answer on unix:///nonexistent/s", "is it running");
  }

  @Test
  void wrongUseIsTwo() {
    assertThat(carafe("image")).isEqualTo(2);
    assertThat(carafe("--address", "tcp://here", "image", "ls")).isEqualTo(2);

    assertThat(err.toString(UTF_8)).contains("expected unix:///PATH");
  }
}
