package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.CreateContainerRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.RunPodSandboxRequest;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A caller that gives up loses nothing: KERNEL.md 22. */
class CallerGivesUpIT {
  private static final Pattern TAKEN = Pattern.compile("\\(id ([0-9a-f]{64})\\)");

  @RegisterExtension static final CriNode NODE = new CriNode();

  @AfterEach
  void fastAgain() throws Exception {
    ScriptPlugin.remove(NODE.node().settings());
  }

  @Test
  void aRetryOfTheSamePodGetsTheSameId() throws Exception {
    PodSandboxConfig config = NODE.podConfig().build();
    Path gate = Path.of(config.getLogDirectory()).resolveSibling("gate-" + config.getHostname());
    Files.createDirectories(gate.getParent());
    ScriptPlugin.beforeBridge(
        NODE.node().settings(),
        "if [ $CNI_COMMAND = ADD ]; then touch %s.seen; while [ ! -e %s ]; do sleep 0.02; done; fi"
            .formatted(gate, gate));
    assertRefused(Code.DEADLINE_EXCEEDED, () -> run(config, Duration.ofMillis(700)));
    assertThat(Path.of(gate + ".seen")).exists();

    PodSandboxConfig other = config.toBuilder().putLabels("changed", "yes").build();
    assertRefused(
        Code.ALREADY_EXISTS,
        () -> run(other, Duration.ofSeconds(10)),
        config.getMetadata().getName());
    assertThat(ids()).as("a pod in creation is not listed").isEmpty();
    Files.createFile(gate);
    String id = run(config, Duration.ofSeconds(20));
    assertThat(ids()).containsExactly(id);
    assertRefused(Code.ALREADY_EXISTS, () -> run(config, Duration.ofSeconds(10)), id);
    NODE.node().removePods();
    NODE.awaitNothingLeft();
  }

  @Test
  void aPodThatNobodyComesBackForIsWholeAndRemovable() throws Exception {
    PodSandboxConfig config = NODE.podConfig().build();
    ScriptPlugin.beforeBridge(NODE.node().settings(), "[ $CNI_COMMAND = ADD ] && sleep 1");
    assertRefused(Code.DEADLINE_EXCEEDED, () -> run(config, Duration.ofMillis(300)));
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(ids()).hasSize(1));
    NODE.node().removePods();
    NODE.awaitNothingLeft();
  }

  @Test
  void aRetryOfTheSameContainerGetsTheSameId() throws Exception {
    Workload pod = NODE.pod();
    // Many tiny deadlines: some creations are given up before, some after their work was done.
    for (int i = 0; i < 10; i++) {
      CreateContainerRequest request =
          CreateContainerRequest.newBuilder()
              .setPodSandboxId(pod.podId())
              .setConfig(shell("c" + i, "true"))
              .build();
      int micros = 500 + 700 * i;
      String id;
      try {
        id =
            NODE.runtime()
                .withDeadlineAfter(micros, TimeUnit.MICROSECONDS)
                .createContainer(request)
                .getContainerId();
      } catch (io.grpc.StatusRuntimeException gaveUp) {
        assertThat(gaveUp.getStatus().getCode()).isEqualTo(Code.DEADLINE_EXCEEDED);
        id =
            Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .ignoreExceptions()
                .until(() -> createdOrAnswered(request), s -> true);
      }
      String made = id;
      assertRefused(Code.ALREADY_EXISTS, () -> NODE.runtime().createContainer(request), made);
      CreateContainerRequest other = request.toBuilder().setConfig(shell("c" + i, "false")).build();
      assertRefused(Code.ALREADY_EXISTS, () -> NODE.runtime().createContainer(other), made);
    }
    pod.remove();
    NODE.awaitNothingLeft();
  }

  /** An answer may leave in the moment in which the caller gives up: then the name is taken. */
  private static String createdOrAnswered(CreateContainerRequest request) {
    try {
      return NODE.runtime().createContainer(request).getContainerId();
    } catch (io.grpc.StatusRuntimeException refused) {
      Matcher taken = TAKEN.matcher(String.valueOf(refused.getStatus().getDescription()));
      if (refused.getStatus().getCode() == Code.ALREADY_EXISTS && taken.find()) {
        return taken.group(1);
      }
      throw refused;
    }
  }

  private static String run(PodSandboxConfig config, Duration deadline) {
    return NODE.runtime()
        .withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS)
        .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(config).build())
        .getPodSandboxId();
  }

  private static List<String> ids() {
    return NODE
        .runtime()
        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
        .getItemsList()
        .stream()
        .map(PodSandbox::getId)
        .toList();
  }
}
