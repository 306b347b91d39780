package dev.carafe.e2e.cri;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.Command;
import dev.carafe.e2e.resctrl.ResctrlSimulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** An agent for one class of tests with a SIMULATED resctrl of its own. */
final class SimulatedNode implements BeforeAllCallback, AfterAllCallback {
  private final CriNode node = new CriNode("resctrl", "tolerate");
  private final String profile;
  private @Nullable ResctrlSimulator simulator;

  /**
   * An agent with the hardware of a profile.
   *
   * @param profile see {@code resctrl-sim --help}
   */
  SimulatedNode(String profile) {
    this.profile = profile;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    Command made =
        Command.run("make", "-s", "-C", CriNode.HOME.resolve("e2e/resctrl-sim").toString());
    Assumptions.assumeTrue(!made.stderr().contains("SKIP"), made.stderr().strip());
    assertThat(made.exit()).as(made.stderr()).isZero();
    node.beforeAll(context);
    Path root = Files.createDirectories(node.node().settings().dir().resolve("resctrl"));
    try {
      simulator =
          ResctrlSimulator.start(
              CriNode.HOME.resolve("e2e/target/resctrl-sim"), root, "--profile", profile);
    } catch (ResctrlSimulator.MissingException missing) {
      node.afterAll(context);
      Assumptions.abort(String.valueOf(missing.getMessage()));
    }
  }

  /** No group and no record may be left, once the configuration is taken back. */
  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (simulator == null) {
      return;
    }
    try (ResctrlSimulator closing = simulator) {
      node.node().removePods();
      assertThat(groups()).as("private classes").noneMatch(g -> g.startsWith("carafe.private-"));
      assertThat(closing.root()).isDirectory();
    } finally {
      node.afterAll(context);
    }
  }

  CriNode node() {
    return node;
  }

  Path root() {
    return requireNonNull(simulator, "the simulator was not started").root();
  }

  /**
   * Writes the configuration; the agent reads it at a reload or at its start.
   *
   * @param yaml of the classes
   * @param toml more keys of carafe.toml
   */
  void configure(String yaml, String toml) throws IOException {
    Path dir = node.node().settings().dir();
    Path file = Files.writeString(dir.resolve("rdt.yaml"), yaml);
    Path dropIns =
        Files.createDirectories(node.node().settings().config().resolveSibling("carafe.toml.d"));
    Files.writeString(
        dropIns.resolve("rdt.toml"), "[rdt]\nconfig_file = \"" + file + "\"\n" + toml);
  }

  /** The control groups beside the root one. */
  List<String> groups() throws IOException {
    try (Stream<Path> entries = Files.list(root())) {
      return entries
          .filter(entry -> Files.exists(entry.resolve("schemata")))
          .map(entry -> entry.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  String schemata(String group) throws IOException {
    return Files.readString(root().resolve(group).resolve("schemata"));
  }

  List<String> tasks(String group) throws IOException {
    return Files.readAllLines(root().resolve(group).resolve("tasks"));
  }
}
