package dev.carafe.e2e.cri;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.e2e.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** The real crictl, against a node. Files of its own lie in the node's directory. */
final class Crictl {
  private static final Path TOOLS = CriNode.HOME.resolve("e2e/target/tools");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path dir;
  private final Path config;
  private final Set<String> driven = new ConcurrentSkipListSet<>();

  private Crictl(Path dir, Path config) {
    this.dir = dir;
    this.config = config;
  }

  /** Builds it, unless it is built; without go the test is skipped, aloud. */
  static Crictl of(CriNode node) throws IOException, InterruptedException {
    Command built =
        Command.run(CriNode.HOME.resolve("e2e/tools/build").toString(), TOOLS.toString());
    Assumptions.assumeTrue(built.exit() != 3, built.stderr().strip());
    assertThat(built.exit()).as(built.stderr()).isZero();
    Path dir = Files.createDirectories(node.node().settings().dir().resolve("crictl"));
    Path config = dir.resolve("crictl.yaml");
    Files.writeString(
        config,
        "runtime-endpoint: unix://%s\ntimeout: 20\n".formatted(node.node().settings().socket()));
    return new Crictl(dir, config);
  }

  /** The commands that were driven so far. */
  Set<String> driven() {
    return Set.copyOf(driven);
  }

  /** Runs it; gives what it did. */
  Command run(String... arguments) throws IOException, InterruptedException {
    return Command.run(line(arguments).toArray(String[]::new));
  }

  /** The standard output of a run that must succeed. */
  String ok(String... arguments) throws IOException, InterruptedException {
    Command command = run(arguments);
    assertThat(command.exit())
        .as("crictl %s: %s%s", List.of(arguments), command.stdout(), command.stderr())
        .isZero();
    return command.stdout().strip();
  }

  /** The same, as JSON. */
  JsonNode json(String... arguments) throws IOException, InterruptedException {
    String text = ok(arguments);
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException malformed) {
      throw new AssertionError("crictl %s: no JSON: %s".formatted(List.of(arguments), text));
    }
  }

  /** A file with this text, for an argument. */
  String file(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text).toString();
  }

  /** Starts it; its two outputs are read from one file. */
  Running start(String... arguments) throws IOException {
    return start(line(arguments));
  }

  /** Starts it on a terminal, which util-linux's script has for it. */
  Running startOnTerminal(String... arguments) throws IOException {
    List<String> line = line(arguments);
    return start(
        List.of("script", "-qefc", "stty raw; exec " + String.join(" ", line), "/dev/null"));
  }

  private Running start(List<String> line) throws IOException {
    Path output = Files.createTempFile(dir, "output", "");
    Process process =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    return new Running(process, output);
  }

  private List<String> line(String... arguments) {
    driven.add(arguments[0]);
    List<String> line =
        new ArrayList<>(List.of(TOOLS.resolve("crictl").toString(), "--config", config.toString()));
    line.addAll(List.of(arguments));
    return line;
  }

  /** A crictl that runs until it is closed or ends. */
  record Running(Process process, Path output) implements AutoCloseable {
    String text() throws IOException {
      return Files.readString(output);
    }

    void send(String text) throws IOException {
      process.getOutputStream().write(text.getBytes(UTF_8));
      process.getOutputStream().flush();
    }

    void awaitText(String part) {
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(text()).contains(part));
    }

    int awaitExit() throws InterruptedException, IOException {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(text()).isTrue();
      return process.exitValue();
    }

    @Override
    public void close() throws IOException {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().onExit().join();
      Files.deleteIfExists(output);
    }
  }
}
