package dev.carafe.e2e.cri;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.Command;
import dev.carafe.e2e.harness.TestNode;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The Prometheus endpoint of a running agent. */
class MetricsIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final String LINE =
      "[a-z_]+(\\{[a-z_]+=\"[^\"]*\"(,[a-z_]+=\"[^\"]*\")*})? [0-9.E+-]+";

  @Test
  void itIsThereWhenAskedForAndNothingOfItIsLoadedOtherwise() throws Exception {
    assertThat(classes()).contains("dev.carafe").doesNotContain("io.prometheus");
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    restartWith("[metrics]\nlisten = \"127.0.0.1:%d\"\n".formatted(port));
    NODE.node().client().awaitVersion(Duration.ofSeconds(5));

    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body().lines().filter(line -> !line.startsWith("#")))
          .isNotEmpty()
          .allMatch(line -> line.matches(LINE))
          .anyMatch(
              line -> line.startsWith("carafe_rpc_handled_total{code=\"OK\",method=\"Version\"} "))
          .anyMatch(line ->
              line.startsWith("carafe_rpc_duration_seconds_count{code=\"OK\",method=\"Version\"} "))
          .anyMatch(line -> line.startsWith("process_resident_memory_bytes "));
    }
    assertThat(classes()).contains("io.prometheus");
  }

  private static void restartWith(String dropIn) throws Exception {
    TestNode node = NODE.node();
    Path directory = Path.of(node.settings().config() + ".d");
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("50-metrics.toml"), dropIn);
    node.agent().close();
    node.startAgent();
  }

  private static String classes() throws Exception {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin/jcmd");
    Command listing =
        Command.run(
            jcmd.toString(),
            Long.toString(NODE.node().agent().pid()),
            "VM.classloaders",
            "show-classes");
    assertThat(listing.exit()).as(listing.stderr()).isZero();
    return listing.stdout();
  }
}
