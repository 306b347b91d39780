package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The warm path: this JVM decides, the front makes, and nothing tells it from the cold one. */
class WarmIT {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path directory;

  private Carafe carafe = new Carafe(Path.of("/"), "");
  private Path socket = Path.of("/");
  private final List<String> complaints = new CopyOnWriteArrayList<>();

  @BeforeEach
  void install() throws Exception {
    Carafe.assumePossible();
    carafe = Carafe.install(directory);
    socket = directory.resolve("front.sock");
  }

  @AfterEach
  void clean() throws Exception {
    if (!carafe.program().isEmpty()) {
      carafe.clean("c");
    }
  }

  private FrontServer serve() throws IOException {
    return FrontServer.start(socket, complaints::add);
  }

  /** Without a JVM to start only the warm path can answer. */
  private void takeTheJvmAway() throws IOException {
    Files.writeString(directory.resolve("install/lib/oci.args"), "/no/such/java\n");
  }

  private Carafe.Result warm(String... words) throws Exception {
    return carafe.withSocket(socket, words);
  }

  @Test
  void aContainersLife() throws Exception {
    Files.copy(directory.resolve("install/lib/oci.args"), directory.resolve("args"));
    takeTheJvmAway();
    try (FrontServer _ = serve()) {
      carafe.configure("c", "sh", "-c", "echo out; echo err >&2; exit 7");
      assertThat(warm("run", "c")).isEqualTo(new Carafe.Result(7, "out\n", "err\n"));

      carafe.configure("c", "sleep", "1000");
      assertThat(warm("create", "--pid-file", "pid", "c").err()).isEmpty();
      JsonNode state = MAPPER.readTree(warm("state", "c").out());
      assertThat(state.path("status").asText()).isEqualTo("created");
      assertThat(state.path("bundle").asText()).isEqualTo(carafe.bundle().toString());
      assertThat(carafe.bundle().resolve("pid")).hasContent(state.path("pid").asText());
      assertThat(warm("start", "c").code()).isZero();
      assertThat(warm("exec", "c", "sh", "-c", "echo in; exit 3"))
          .isEqualTo(new Carafe.Result(3, "in\n", ""));
      assertThat(warm("exec", "c", "nope").code()).isEqualTo(255);
      assertThat(warm("kill", "c", "KILL").code()).isZero();
      await().until(() -> warm("state", "c").out().contains("stopped"));
      assertThat(warm("delete", "c").code()).isZero();
      Carafe.Result absent = warm("state", "c");
      assertThat(absent.err()).contains("container does not exist");
      assertThat(absent.code()).isEqualTo(1);
    }
    assertThat(complaints).isEmpty();
    Files.move(
        directory.resolve("args"),
        directory.resolve("install/lib/oci.args"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void cgroupAndLimitsAreTheCallersWorldNotTheServers() throws Exception {
    try (FrontServer _ = serve()) {
      carafe.configure("c", "cat", "/proc/self/oom_score_adj", "/proc/self/cgroup");
      Carafe.Result cold = carafe.run("run", "c");
      assertThat(warm("run", "c").out()).isEqualTo(cold.out());
    }
  }

  @Test
  void aServerThatSaysNothingIsPassedOver() throws Exception {
    try (ServerSocketChannel deaf = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      deaf.bind(UnixDomainSocketAddress.of(socket));
      Carafe.Result result = warm("state", "nope");
      assertThat(result.err()).contains("container does not exist");
    }
  }

  @Test
  void aCallerFromAnotherMountNamespaceIsSentAway() throws Exception {
    try (FrontServer _ = serve()) {
      carafe.configure("c", "echo", "cold");
      Carafe.Result elsewhere =
          carafe.execute(
              "/usr/bin/unshare",
              List.of(
                  "-m",
                  "env",
                  "CARAFE_FRONT_SOCKET=" + socket,
                  carafe.program(),
                  "--root",
                  directory.resolve("state").toString(),
                  "run",
                  "c"));
      assertThat(elsewhere.out()).isEqualTo("cold\n");
      takeTheJvmAway();
      assertThat(
              carafe
                  .execute(
                      "/usr/bin/unshare",
                      List.of(
                          "-m", "env", "CARAFE_FRONT_SOCKET=" + socket, carafe.program(), "list"))
                  .code())
          .isEqualTo(1);
    }
  }
}
