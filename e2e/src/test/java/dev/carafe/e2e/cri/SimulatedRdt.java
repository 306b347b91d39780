package dev.carafe.e2e.cri;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.Command;
import dev.carafe.e2e.harness.TestNode;
import dev.carafe.e2e.resctrl.ResctrlSimulator;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A SIMULATED resctrl below a node's directory that plays memory traffic, and the node's agent with
 * a metrics endpoint and drop-in configuration. Not thread-safe.
 */
final class SimulatedRdt implements AutoCloseable {
  private final CriNode node;
  private final ResctrlSimulator simulator;
  private final Path load;
  private final int port;

  private SimulatedRdt(CriNode node, ResctrlSimulator simulator, Path load, int port) {
    this.node = node;
    this.simulator = simulator;
    this.load = load;
    this.port = port;
  }

  /** Mounts a profile where the node expects resctrl, {@code resctrl} below its directory. */
  static SimulatedRdt mount(CriNode node, String profile) throws Exception {
    Command made =
        Command.run("make", "-s", "-C", CriNode.HOME.resolve("e2e/resctrl-sim").toString());
    Assumptions.assumeTrue(!made.stderr().contains("SKIP"), made.stderr().strip());
    assertThat(made.exit()).as(made.stderr()).isZero();
    Path dir = node.node().settings().dir();
    Path root = Files.createDirectories(dir.resolve("resctrl"));
    Path load = dir.resolve("load");
    try (ServerSocket free = new ServerSocket(0)) {
      ResctrlSimulator simulator =
          ResctrlSimulator.start(
              CriNode.HOME.resolve("e2e/target/resctrl-sim"),
              root,
              "--profile",
              profile,
              "--load",
              load.toString());
      return new SimulatedRdt(node, simulator, load, free.getLocalPort());
    } catch (ResctrlSimulator.MissingException missing) {
      Assumptions.abort(String.valueOf(missing.getMessage()));
      throw missing;
    }
  }

  Path root() {
    return simulator.root();
  }

  /** Starts the agent anew with these lines in its configuration beside a metrics endpoint. */
  void restartAgent(String toml) throws IOException, InterruptedException {
    TestNode agent = node.node();
    Path directory = Files.createDirectories(Path.of(agent.settings().config() + ".d"));
    Files.writeString(
        directory.resolve("50-test.toml"),
        toml + "\n[metrics]\nlisten = \"127.0.0.1:%d\"\n".formatted(port));
    agent.agent().close();
    agent.startAgent();
  }

  /** Replaces the traffic that is played. */
  void play(String... rows) throws IOException {
    Path draft = Files.write(load.resolveSibling("load.draft"), List.of(rows));
    Files.move(draft, load, StandardCopyOption.ATOMIC_MOVE);
    Files.readString(root().resolve("mon_data/mon_L3_00/mbm_total_bytes"));
  }

  List<String> groups(String parent) throws IOException {
    try (Stream<Path> entries = Files.list(root().resolve(parent).resolve("mon_groups"))) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  List<String> tasks(String group) throws IOException {
    return Files.readAllLines(root().resolve(group).resolve("tasks"));
  }

  /** The value of a series by its name and labels as they are printed. */
  double metric(String series) throws IOException, InterruptedException {
    String body = metrics();
    return body.lines()
        .filter(line -> line.startsWith(series + " "))
        .map(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + series + " in\n" + body));
  }

  String metrics() throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + port + "/metrics");
      return client
          .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  @Override
  public void close() throws IOException {
    simulator.close();
  }
}
