package dev.carafe.node.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** helm's own word on the chart. */
class HelmIT {
  private static final Path HOME = Path.of(System.getProperty("carafe.home", "."));

  @TempDir private Path directory;
  private Path helm;

  @BeforeEach
  void find() {
    Path programs =
        Path.of(
            System.getProperty("carafe.cluster", HOME.resolve("e2e/target/cluster").toString()));
    helm = programs.resolve("helm");
    Assumptions.assumeTrue(
        Files.isExecutable(helm),
        "SKIP helm: not built in " + programs + "; make test-cluster builds it");
  }

  /** What a program did. */
  private record Result(int exit, String said) {}

  private static Result run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Result(process.waitFor(), said);
  }

  private Result render(String... values) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                helm.toString(),
                "template",
                "carafe",
                HOME.resolve("helm/carafe").toString(),
                "--kube-version=1.34.0"));
    for (String value : values) {
      command.add("--set=" + value);
    }
    return run(command.toArray(String[]::new));
  }

  @Test
  void lint() throws Exception {
    Result result =
        run(helm.toString(), "lint", "--strict", HOME.resolve("helm/carafe").toString());

    assertThat(result.exit()).as(result.said()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mode=beside",
        "mode=replace",
        "mode=replace,drain=false,uninstall=true",
        "metrics.enabled=true,metrics.serviceMonitor.enabled=true,metrics.dashboard.enabled=true",
        "rdt.offerClosids=true,maxUnavailable=10%"
      })
  void renders(String values) throws Exception {
    Result result = render(values.split(",", -1));

    assertThat(result.exit()).as(result.said()).isZero();
    assertThat(result.said()).contains("kind: DaemonSet");
  }

  @ParameterizedTest
  @CsvSource({
    "mode=other, must be one of",
    "patienceSeconds=0, minimum",
    "unknown=1, not allowed",
    "maxUnavailable=0, maxUnavailable",
    "metrics.port=70000, maximum"
  })
  void refuses(String value, String message) throws Exception {
    Result result = render(value);

    assertThat(result.exit()).isNotZero();
    assertThat(result.said()).contains(message);
  }

  @Test
  void rightsFollowWhatIsAskedFor() throws Exception {
    assertThat(render("mode=beside").said()).doesNotContain("pods/eviction", "nodes/status");
    assertThat(render("mode=replace", "drain=false").said()).doesNotContain("pods/eviction");
    assertThat(render("mode=replace").said()).contains("pods/eviction");
    assertThat(render("rdt.offerClosids=true").said()).contains("nodes/status");
    assertThat(render("mode=beside").said()).doesNotContain("kind: RuntimeClass");
  }

  @Test
  void manifestsAreTheChartsOwn() throws Exception {
    Result result =
        run(HOME.resolve("manifests/build").toString(), helm.toString(), directory.toString());
    assertThat(result.exit()).as(result.said()).isZero();

    for (String name : List.of("carafe-beside.yaml", "carafe-replace.yaml")) {
      assertThat(HOME.resolve("manifests").resolve(name))
          .as("run manifests/build HELM")
          .hasSameTextualContentAs(directory.resolve(name));
    }
  }
}
