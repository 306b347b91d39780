package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.admin.v1.NodeGrpc;
import dev.carafe.agent.admin.v1.ReloadRequest;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Pods with classes, started and stopped while the agent is killed at random, on SIMULATED hardware
 * with 16 CLOSIDs: afterwards the tree is what it was. 60 pods and 5 kills; with {@code
 * -Dcarafe.long=true} 1,000 pods and 50 kills.
 */
class RdtSoakIT {
  @RegisterExtension static final SimulatedNode NODE = new SimulatedNode("xeon");

  private static final boolean LONG = Boolean.getBoolean("carafe.long");
  private static final int PODS = LONG ? 1000 : 60;
  private static final int KILLS = LONG ? 50 : 5;
  private static final int WORKERS = 4;
  private static final List<String> CLASSES = List.of("gold", "silver", "bronze", "tin", "foreign");
  private static final String YAML =
      """
      partitions:
        a: {l3Allocation: 50%, mbAllocation: [100%], classes: {gold: , silver: {l3Allocation: 50%}}}
        b: {l3Allocation: 25%, mbAllocation: [60%], classes: {bronze: , tin: {mbAllocation: [50%]}}}
        c: {l3Allocation: 25%, mbAllocation: [40%]}
      carafe:
        privateClasses: {partition: c, max: 2}
      """;

  private final AtomicInteger started = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final Queue<StatusRuntimeException> failures = new ConcurrentLinkedQueue<>();

  @Test
  void theTreeIsAfterwardsWhatItWas() throws Exception {
    long seed = Long.getLong("carafe.seed", System.nanoTime());
    System.out.println("RdtSoakIT: seed " + seed + " (-Dcarafe.seed repeats it)");
    Random random = new Random(seed);
    NODE.configure(YAML, "");
    assertThat(
            NodeGrpc.newBlockingStub(NODE.node().node().client().channel())
                .reload(ReloadRequest.getDefaultInstance())
                .getAccepted())
        .isTrue();
    Path foreign = Files.createDirectory(NODE.root().resolve("foreign"));
    Process sleeper = new ProcessBuilder("sleep", "100000").start();
    try {
      Files.writeString(foreign.resolve("schemata"), "L3:0=ff\n");
      Files.writeString(foreign.resolve("tasks"), Long.toString(sleeper.pid()));
      Map<String, String> before = tree();
      int kills = 0;
      while (started.get() < PODS || kills < KILLS) {
        round(random);
        kills++;
        assertThat(tree()).as("after kill " + kills + ", seed " + seed).isEqualTo(before);
      }
      System.out.printf(
          "RdtSoakIT: %d pods started, %d refused for want of a private class, %d kills; the tree is as before: %s%n",
          started.get(), refused.get(), kills, before);
      assertThat(before.get("foreign/tasks")).isEqualTo(sleeper.pid() + "\n");
    } finally {
      sleeper.destroyForcibly().waitFor();
      Files.deleteIfExists(foreign);
    }
  }

  /** Workers run pods until the agent is killed under them; then it starts, and all pods go. */
  private void round(Random random) throws Exception {
    int least = Math.min(PODS / KILLS, Math.max(0, PODS - started.get()));
    int goal = started.get() + least;
    try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < WORKERS; i++) {
        long seed = random.nextLong();
        workers.execute(() -> churn(new Random(seed)));
      }
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> started.get() >= goal || !failures.isEmpty());
      // The moment of the kill is to be any.
      TimeUnit.MILLISECONDS.sleep(random.nextInt(250));
      NODE.node().node().agent().kill();
    }
    NODE.node().node().startAgent();
    NODE.node().node().removePods();
    assertThat(failures).isEmpty();
  }

  private void churn(Random random) {
    while (true) {
      try {
        PodSandboxConfig.Builder config = config(random);
        Workload pod = NODE.node().pod(config);
        live(pod, container(random, config), random);
        pod.remove();
      } catch (StatusRuntimeException failure) {
        if (failure.getStatus().getCode() != Code.UNAVAILABLE) {
          failures.add(failure);
        }
        return;
      }
    }
  }

  private void live(Workload pod, ContainerConfig config, Random random) {
    try {
      String id = pod.create(config);
      pod.start(id);
      started.incrementAndGet();
      if (random.nextBoolean()) {
        NODE.node().exec(id, 5, "true");
      }
      if (random.nextBoolean()) {
        NODE.node().stop(id, 0);
      }
    } catch (StatusRuntimeException failure) {
      if (failure.getStatus().getCode() != Code.RESOURCE_EXHAUSTED) {
        throw failure;
      }
      refused.incrementAndGet();
    }
  }

  /** Some go into the root class though their pod asks for another. */
  private static ContainerConfig container(Random random, PodSandboxConfig.Builder pod) {
    ContainerConfig.Builder config = shell("c", "(sleep 1000 &); exec sleep 2000");
    if (!pod.containsAnnotations("rdt.carafe.dev/l3") && random.nextInt(4) == 0) {
      config.putAnnotations("io.kubernetes.cri.rdt-class", "");
    }
    return config.build();
  }

  private static PodSandboxConfig.Builder config(Random random) {
    PodSandboxConfig.Builder config = NODE.node().podConfig();
    int choice = random.nextInt(CLASSES.size() + 3);
    if (choice < CLASSES.size()) {
      config.putAnnotations("rdt.resources.beta.kubernetes.io/pod", CLASSES.get(choice));
    } else if (choice == CLASSES.size()) {
      config.putAnnotations("rdt.carafe.dev/l3.other", "50%");
    } else {
      config.putAnnotations("rdt.carafe.dev/l3", (20 * choice % 100 + 1) + "%");
      config.putAnnotations("rdt.carafe.dev/mb", "50%");
    }
    return config;
  }

  /** Every group with its schemata, monitoring groups and, but for the root's, tasks. */
  private static Map<String, String> tree() throws IOException {
    Map<String, String> tree = new TreeMap<>();
    tree.put("schemata", NODE.schemata("."));
    tree.put("mon_groups", names(NODE.root().resolve("mon_groups")));
    tree.put("records", names(NODE.node().node().settings().root().resolve("rdt")));
    for (String group : NODE.groups()) {
      Path dir = NODE.root().resolve(group);
      tree.put(group + "/schemata", Files.readString(dir.resolve("schemata")));
      tree.put(group + "/tasks", Files.readString(dir.resolve("tasks")));
      tree.put(group + "/mon_groups", names(dir.resolve("mon_groups")));
    }
    return tree;
  }

  private static String names(Path dir) throws IOException {
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList().toString();
    }
  }
}
