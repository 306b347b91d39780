package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.Container;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.cri.v1.RemovePodSandboxRequest;
import dev.carafe.cri.v1.StopPodSandboxRequest;
import dev.carafe.e2e.client.Workload;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** kill -9 of the agent at random moments: what runs runs on, and what is half done is undone. */
class KillIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final int KILLS = 10;

  @Test
  void podsDoNotNoticeAndNothingHalfMadeStays() throws Exception {
    long seed = Long.getLong("carafe.seed", System.nanoTime());
    System.out.println("kill -9: seed " + seed + " (-Dcarafe.seed repeats it)");
    Random random = new Random(seed);
    Workload pod = NODE.pod();
    String counter =
        run(pod, shell("counter", "i=0; while :; do i=$((i+1)); echo n$i; usleep 2000; done"));
    ContainerStatus before = NODE.status(counter);
    long pid = NODE.pid(counter);
    List<Duration> execs = new ArrayList<>();
    for (int round = 0; round < KILLS; round++) {
      String seven =
          run(pod, shell("seven-" + round, "while [ ! -e /go ]; do usleep 20000; done; exit 7"));
      Path go = Path.of("/proc", Long.toString(NODE.pid(seven)), "root/go");
      AtomicBoolean stop = new AtomicBoolean();
      Instant ended;
      try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < 2; i++) {
          callers.execute(() -> churn(stop));
        }
        TimeUnit.MILLISECONDS.sleep(60 + random.nextInt(400));
        NODE.node().agent().kill();
        stop.set(true);
        Files.createFile(go);
        ended = awaitGone(go);
      }
      NODE.node().startAgent();
      long answered = System.nanoTime();
      assertThat(NODE.exec(counter, 5, "true").getExitCode()).isZero();
      Duration exec = Duration.ofNanos(System.nanoTime() - answered);
      System.out.printf("kill %d: exec %d ms after the first answer%n", round, exec.toMillis());
      execs.add(exec);

      ContainerStatus after = NODE.status(counter);
      assertThat(after.getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
      assertThat(after.getStartedAt()).isEqualTo(before.getStartedAt());
      assertThat(NODE.pid(counter)).isEqualTo(pid);
      ContainerStatus end = NODE.awaitExit(seven);
      assertThat(end.getExitCode()).isEqualTo(7);
      assertThat(Math.abs(end.getFinishedAt() - nanos(ended))).isLessThan(500_000_000L);
      removeOthers(pod.podId());
      awaitOnly(pod.podId());
    }
    java.util.Collections.sort(execs);
    System.out.println("exec after restart, sorted: " + execs);
    // What else a build machine does takes seconds from single ones.
    assertThat(execs.get(KILLS * 8 / 10 - 1)).isLessThan(Duration.ofSeconds(1));
    assertThat(execs.getLast()).isLessThan(Duration.ofSeconds(4));
    NODE.stop(counter, 0);
    assertNumbered(Path.of(before.getLogPath()));
    pod.remove();
    NODE.awaitNothingLeft();
  }

  /** The whole life of pods, over and over, until the agent is gone. */
  private static void churn(AtomicBoolean stop) {
    while (!stop.get()) {
      try {
        Workload pod = NODE.pod();
        String id = run(pod, shell("c", "sleep 1000"));
        NODE.exec(id, 5, "true");
        NODE.stop(id, 0);
        pod.remove();
      } catch (StatusRuntimeException killed) {
        return;
      }
    }
  }

  private static Instant awaitGone(Path go) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> !Files.exists(go));
    return Instant.now();
  }

  private static void removeOthers(String kept) {
    for (PodSandbox pod :
        NODE.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList()) {
      if (!pod.getId().equals(kept)) {
        NODE.runtime()
            .stopPodSandbox(
                StopPodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
        NODE.runtime()
            .removePodSandbox(
                RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
      }
    }
  }

  /** Waits until everything that is there belongs to the one pod. */
  private static void awaitOnly(String podId) throws Exception {
    List<String> ids = new ArrayList<>(List.of(podId));
    NODE
        .runtime()
        .listContainers(ListContainersRequest.getDefaultInstance())
        .getContainersList()
        .stream()
        .map(Container::getId)
        .forEach(ids::add);
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() ->
            assertThat(NODE.node().leftovers())
                .as(NODE.node().agent().tail())
                .filteredOn(left -> ids.stream().noneMatch(left::contains))
                .filteredOn(
                    left -> !left.matches("(veth|lease) .*|process \\d+ (sh -c i=|usleep).*"))
                .isEmpty());
    assertThat(NODE.node().leftovers()).filteredOn(left -> left.startsWith("veth ")).hasSize(1);
    assertThat(NODE.node().leftovers()).filteredOn(left -> left.startsWith("lease ")).hasSize(1);
  }

  private static void assertNumbered(Path log) throws Exception {
    long expected = 1;
    List<String> lines = Files.readAllLines(log);
    for (String line : lines) {
      assertThat(line).endsWith(" stdout F n" + expected);
      expected++;
    }
    System.out.println("log: " + lines.size() + " numbered lines over " + KILLS + " kills");
    assertThat(lines).hasSizeGreaterThan(500);
  }

  private static long nanos(Instant time) {
    return time.getEpochSecond() * 1_000_000_000L + time.getNano();
  }
}
