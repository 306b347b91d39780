package dev.carafe.e2e.cri;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * A program in CRIU's place that does as its plan says (native/test/criu), in a directory of its
 * own. It saves nothing.
 */
record FakeCriu(Path directory) {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Builds it, with nothing planned. */
  static FakeCriu build(String name) {
    Path folder = CriNode.HOME.resolve("native");
    try {
      Command made = Command.run("make", "-s", "-C", folder.toString(), "target/test/fake-criu");
      assertThat(made.exit()).as(made.stderr()).isZero();
      Path directory = Path.of("/tmp/cfe-criu-" + ProcessHandle.current().pid() + "-" + name);
      Files.createDirectories(directory);
      Files.copy(folder.resolve("target/test/fake-criu"), directory.resolve("criu"));
      FakeCriu criu = new FakeCriu(directory);
      criu.plan("nothing 0");
      criu.program("exit 0");
      return criu;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The configuration of an agent that takes it for CRIU. */
  String toml() {
    return "[runtime]\ncriu = \"" + directory.resolve("criu") + "\"\n";
  }

  /** What goes wrong from now on, for example "dump 2"; what was asked for before is forgotten. */
  void plan(String plan) throws IOException {
    Files.deleteIfExists(directory.resolve("events"));
    Files.writeString(directory.resolve("plan"), plan + "\n");
  }

  /** What a restored container runs. */
  void program(String script) throws IOException {
    Files.writeString(directory.resolve("program"), script + "\n");
  }

  /** What it was asked for, a word and a pid each. */
  List<String> events() throws IOException {
    try {
      return Files.readAllLines(directory.resolve("events"));
    } catch (NoSuchFileException none) {
      return List.of();
    }
  }

  /** Waits until it was asked for this. */
  void await(String event) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> events().stream().anyMatch(line -> line.startsWith(event + " ")));
  }

  void delete() throws IOException {
    for (String name : List.of("criu", "plan", "events", "program")) {
      Files.deleteIfExists(directory.resolve(name));
    }
    Files.delete(directory);
  }
}
