package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.e2e.client.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code carafe status|top|inspect|logs} against a node that runs a pod. */
class NodeCommandsIT {
  @RegisterExtension static final CriNode NODE = new CriNode();

  @TempDir private Path directory;

  /** What a command did. */
  private record Said(int exit, String out, String err) {}

  private Said carafe(String... arguments) throws IOException, InterruptedException {
    List<String> command = NODE.carafe(arguments);
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    int exit = process.waitFor();
    return new Said(exit, Files.readString(out, UTF_8), Files.readString(err, UTF_8));
  }

  private static JsonNode json(Said said) throws IOException {
    assertThat(said.exit()).as(said.err()).isZero();
    return new ObjectMapper().readTree(said.out());
  }

  @Test
  void statusCountsWhatIsThere() throws Exception {
    Workload pod = NODE.pod();
    run(pod, shell("a", "sleep 1000"));
    NODE.awaitExit(run(pod, shell("b", "exit 0")));

    JsonNode status = json(carafe("status", "--json"));
    assertThat(status.at("/conditions/RuntimeReady").asText()).isEqualTo("yes");
    assertThat(status.at("/pods/ready").asInt()).isOne();
    assertThat(status.at("/containers/running").asInt()).isOne();
    assertThat(status.at("/containers/exited").asInt()).isOne();
    assertThat(status.at("/images/count").asInt()).isPositive();
    assertThat(status.at("/info/config/rootDir").asText())
        .isEqualTo(NODE.node().settings().root().toString());

    Said text = carafe("status");
    assertThat(text.exit()).isZero();
    assertThat(text.out())
        .containsPattern("pods +1 ready, 0 not ready")
        .containsPattern("containers +1 running, 0 created, 1 exited");
    pod.remove();
  }

  @Test
  void topShowsWhoIsBusy() throws Exception {
    PodSandboxConfig.Builder config = NODE.podConfig();
    config.putAnnotations("rdt.resources.beta.kubernetes.io/container.busy", "gold");
    Workload pod = NODE.pod(config);
    ContainerConfig.Builder busy = shell("busy", "while :; do :; done");
    busy.getLinuxBuilder().getResourcesBuilder().setCpuQuota(50_000).setCpuPeriod(100_000);
    run(pod, busy);
    run(pod, shell("idle", "sleep 1000"));

    JsonNode rows = json(carafe("top", "--json"));
    JsonNode row = row(rows, "busy");
    assertThat(row.path("cpuCores").asDouble()).isBetween(0.1, 0.75);
    assertThat(row.path("class").asText()).isEqualTo("gold");
    assertThat(row(rows, "idle").path("cpuCores").asDouble()).isLessThan(0.1);
    assertThat(row(rows, "").path("memoryBytes").asLong()).isPositive();
    assertThat(row(rows, "").path("processes").asLong()).isGreaterThanOrEqualTo(2);

    assertThat(carafe("top", "--once").out()).contains("NAMESPACE", "busy", "gold");
    pod.remove();
  }

  private static JsonNode row(JsonNode rows, String container) {
    for (JsonNode row : rows) {
      if (row.path("container").asText().equals(container)) {
        return row;
      }
    }
    throw new AssertionError("no row of \"" + container + "\" in " + rows);
  }

  @Test
  void inspectKnowsContainersPodsAndImages() throws Exception {
    Workload pod = NODE.pod();
    String id = run(pod, shell("seen", "sleep 1000"));

    JsonNode container = json(carafe("inspect", id.substring(0, 12)));
    assertThat(container.path("kind").asText()).isEqualTo("container");
    assertThat(container.at("/status/id").asText()).isEqualTo(id);
    assertThat(container.at("/info/info/pid").asLong()).isEqualTo(NODE.pid(id));
    assertThat(json(carafe("inspect", "seen")).at("/status/id").asText()).isEqualTo(id);

    JsonNode sandbox = json(carafe("inspect", pod.podId()));
    assertThat(sandbox.path("kind").asText()).isEqualTo("pod");
    assertThat(sandbox.at("/status/id").asText()).isEqualTo(pod.podId());

    String image = container.at("/status/imageId").asText();
    assertThat(json(carafe("inspect", image)).path("kind").asText()).isEqualTo("image");

    Said nothing = carafe("inspect", "nobody");
    assertThat(nothing.exit()).isOne();
    assertThat(nothing.err()).contains("\"nobody\" is no container, pod or image of this node");
    pod.remove();
  }

  @Test
  void logsSplitStreamsAndFollowToTheEnd() throws Exception {
    Workload pod = NODE.pod();
    String id = run(pod, shell("talk", "echo one; echo two; echo bad >&2; sleep 3; echo three"));

    Said followed = carafe("logs", id, "--follow");
    assertThat(followed.exit()).isZero();
    assertThat(followed.out()).isEqualTo("one\ntwo\nthree\n");
    assertThat(followed.err()).isEqualTo("bad\n");

    assertThat(carafe("logs", "talk", "--tail", "1").out()).isEqualTo("three\n");
    assertThat(carafe("logs", "talk", "--timestamps").out())
        .containsPattern("(?m)^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+\\S* one$");
    assertThat(carafe("logs", "nobody").err()).contains("no container of this node is called");
    pod.remove();
  }
}
