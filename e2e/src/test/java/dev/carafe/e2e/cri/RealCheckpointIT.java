package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carafe.cri.v1.CheckpointContainerRequest;
import dev.carafe.cri.v1.CheckpointPodRequest;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.RestorePodRequest;
import dev.carafe.cri.v1.RestorePodResponse;
import dev.carafe.cri.v1.StartContainerRequest;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.Workload;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pods that are saved by the real CRIU and go on where they were, where {@code criu check} passes.
 */
class RealCheckpointIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String COUNT =
      "echo here >/data; i=0; while true; do i=$((i+1)); echo tick $i; sleep 1; done";
  private static final Pattern TICK = Pattern.compile("stdout F tick (\\d+)");
  private static final String CRIU = find();

  @RegisterExtension
  static final CriNode NODE = CriNode.with("[runtime]\ncriu = \"" + CRIU + "\"\n");

  @TempDir Path dir;

  private static String find() {
    for (String directory : System.getenv("PATH").split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(directory, "criu"))) {
        return Path.of(directory, "criu").toString();
      }
    }
    return "/usr/sbin/criu";
  }

  @BeforeAll
  static void worksHere() throws Exception {
    assumeTrue(Files.isExecutable(Path.of(CRIU)), "SKIP criu: criu check says that there is none");
    Command check = Command.run(CRIU, "check");
    assumeTrue(
        check.exit() == 0,
        "SKIP criu: criu check says " + check.stderr().strip().replace('\n', ' '));
  }

  private static List<Integer> ticks(PodSandboxConfig pod, String name) throws Exception {
    String log = Files.readString(Path.of(pod.getLogDirectory(), name + ".log"));
    return TICK.matcher(log).results().map(m -> Integer.valueOf(m.group(1))).toList();
  }

  private static ContainerConfig.Builder counting(String name) {
    return shell(name, COUNT).setLogPath(name + ".log");
  }

  @Test
  void aPodGoesOnCounting() throws Exception {
    PodSandboxConfig.Builder before = NODE.podConfig();
    Workload pod = NODE.pod(before);
    List<String> ids = List.of(run(pod, counting("a")), run(pod, counting("b")));
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> !ticks(before.build(), "a").isEmpty() && !ticks(before.build(), "b").isEmpty());
    NODE.runtime()
        .withDeadlineAfter(60, TimeUnit.SECONDS)
        .checkpointPod(
            CheckpointPodRequest.newBuilder()
                .setPodSandboxId(pod.podId())
                .addAllContainerIds(ids)
                .setOutputPath(dir.toString())
                .build());
    int saved = ticks(before.build(), "a").getLast();
    Awaitility.await().atMost(PATIENCE).until(() -> ticks(before.build(), "a").getLast() > saved);
    pod.remove();

    PodSandboxConfig after = NODE.podConfig().build();
    RestorePodResponse restored =
        NODE.runtime()
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .restorePod(
                RestorePodRequest.newBuilder()
                    .setCheckpointPath(dir.toString())
                    .setConfig(after)
                    .addContainerConfigs(counting("a"))
                    .addContainerConfigs(counting("b"))
                    .build());
    String id = restored.getRestoredContainers(0).getContainerId();
    NODE.runtime().startContainer(StartContainerRequest.newBuilder().setContainerId(id).build());
    Awaitility.await().atMost(PATIENCE).until(() -> ticks(after, "a").size() >= 2);
    assertThat(ticks(after, "a").getFirst()).isBetween(saved, saved + 1);
    assertThat(NODE.status(id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    assertThat(NODE.output(id, "cat /data; ls -d /proc/self")).startsWith("here");
    NODE.stop(id, 0);
    assertThat(NODE.status(id).getExitCode()).isEqualTo(137);
    NODE.node().removePods();
  }

  @Test
  void aContainerIsSavedWithItsAttachedPipesAndRunsOn() throws Exception {
    PodSandboxConfig.Builder config = NODE.podConfig();
    Workload pod = NODE.pod(config);
    String id = run(pod, counting("a"));
    Awaitility.await().atMost(PATIENCE).until(() -> !ticks(config.build(), "a").isEmpty());
    NODE.runtime()
        .checkpointContainer(
            CheckpointContainerRequest.newBuilder()
                .setContainerId(id)
                .setLocation(dir.resolve("a.tar").toString())
                .build());
    int saved = ticks(config.build(), "a").getLast();
    Awaitility.await().atMost(PATIENCE).until(() -> ticks(config.build(), "a").getLast() > saved);
    Matcher listed =
        Pattern.compile("checkpoint/pages-1.img")
            .matcher(Command.run("tar", "-tf", dir.resolve("a.tar").toString()).stdout());
    assertThat(listed.find()).isTrue();
    pod.remove();
  }
}
