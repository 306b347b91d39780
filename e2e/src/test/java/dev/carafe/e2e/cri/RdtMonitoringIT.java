package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Monitoring groups and their series, on a SIMULATED resctrl with 16 CLOSIDs and 32 RMIDs. */
class RdtMonitoringIT {
  @RegisterExtension static final CriNode NODE = new CriNode("resctrl", "tolerate");
  private static final String POD_KEY = "rdt.resources.beta.kubernetes.io/pod";
  private static final String OWN_KEY = "io.kubernetes.cri.rdt-class";
  private static SimulatedRdt rdt;

  @BeforeAll
  static void mount() throws Exception {
    rdt = SimulatedRdt.mount(NODE, "xeon");
    Files.createDirectory(rdt.root().resolve("gold"));
    Files.createDirectory(rdt.root().resolve("silver"));
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    NODE.node().removePods();
    for (String parent : List.of("", "gold", "silver")) {
      assertThat(rdt.groups(parent)).isEmpty();
    }
    try (Stream<Path> records = Files.list(NODE.node().settings().state().resolve("rdt-mon"))) {
      assertThat(records).isEmpty();
    }
  }

  @AfterAll
  static void unmount() throws Exception {
    if (rdt != null) {
      NODE.node().removePods();
      rdt.close();
    }
  }

  private static PodSandboxConfig.Builder gold() {
    return NODE.podConfig().putAnnotations(POD_KEY, "gold");
  }

  @Test
  void everyProcessOfAContainerIsInItsGroup() throws Exception {
    rdt.restartAgent("[rdt]\nmonitoring = \"container\"");
    Workload pod = NODE.pod(gold());
    String id = run(pod, shell("c", "(sleep 1000 &) ; exec sleep 2000"));
    String group = "gold/mon_groups/carafe-" + id;
    assertThat(rdt.tasks(group)).contains(Long.toString(NODE.pid(id)));
    NODE.exec(id, 5, "sh", "-c", "sleep 3000 & :");
    Awaitility.await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(rdt.tasks(group)).hasSize(3));
    assertThat(rdt.tasks("gold")).containsAll(rdt.tasks(group));
    String plain = run(NODE.pod(), shell("c", "sleep 1000"));
    assertThat(rdt.tasks("mon_groups/carafe-" + plain)).contains(Long.toString(NODE.pid(plain)));
    NODE.stop(id, 0);
    assertThat(rdt.groups("gold")).isEmpty();
  }

  @Test
  void aPodOverTwoClassesHasAGroupInEach() throws Exception {
    rdt.restartAgent("[rdt]\nmonitoring = \"pod\"");
    Workload pod = NODE.pod(gold());
    String first = run(pod, shell("a", "sleep 1000"));
    run(pod, shell("b", "sleep 1000"));
    run(pod, shell("c", "sleep 1000").putAnnotations(OWN_KEY, "silver"));
    assertThat(rdt.groups("gold")).containsExactly("carafe-" + pod.podId());
    assertThat(rdt.groups("silver")).containsExactly("carafe-" + pod.podId());
    NODE.stop(first, 0);
    assertThat(rdt.groups("gold")).containsExactly("carafe-" + pod.podId());
  }

  @Test
  void seriesSayWhatWasCountedForWhom() throws Exception {
    rdt.restartAgent("[rdt]\nmonitoring = \"container\"");
    Workload pod = NODE.pod(gold());
    String id = run(pod, shell("c", "sleep 1000"));
    rdt.play("load gold/mon_groups/carafe-" + id + " 1 100 50 65536");
    String name = pod.status().getMetadata().getName();
    String namespace = pod.status().getMetadata().getNamespace();
    String labels =
        "{class=\"gold\",container=\"c\",domain=\"1\",namespace=\"%s\",pod=\"%s\"}"
            .formatted(namespace, name);
    assertThat(rdt.metric("carafe_rdt_llc_occupancy_bytes" + labels)).isEqualTo(65536);
    double total = rdt.metric("carafe_rdt_mbm_total_bytes_total" + labels);
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() ->
            assertThat(rdt.metric("carafe_rdt_mbm_total_bytes_total" + labels))
                .isGreaterThan(total + (10 << 20)));
    double local = rdt.metric("carafe_rdt_mbm_local_bytes_total" + labels);
    assertThat(local / rdt.metric("carafe_rdt_mbm_total_bytes_total" + labels))
        .isBetween(0.5, 0.75);
    assertThat(rdt.metric("carafe_rdt_class_mbm_total_bytes_total{class=\"gold\",domain=\"1\"}"))
        .isGreaterThan(total);
    assertThat(rdt.metric("carafe_rdt_closids_used")).isEqualTo(3);
    assertThat(rdt.metric("carafe_rdt_closids_free")).isEqualTo(13);
    assertThat(rdt.metric("carafe_rdt_rmids_used")).isEqualTo(4);
    assertThat(rdt.metric("carafe_rdt_rmids_free")).isEqualTo(28);
  }

  @Test
  void topShowsRatesOfClassesAndTheirTenants() throws Exception {
    rdt.restartAgent("[rdt]\nmonitoring = \"pod\"");
    Workload pod = NODE.pod(gold());
    run(pod, shell("a", "sleep 1000"));
    run(pod, shell("b", "sleep 1000").putAnnotations(OWN_KEY, "silver"));
    rdt.play(
        "load gold/mon_groups/carafe-" + pod.podId() + " 0 100 0 4096",
        "load gold/mon_groups/carafe-" + pod.podId() + " 1 0 100 4096",
        "load silver/mon_groups/carafe-" + pod.podId() + " 0 50 0 100");
    Command top = carafe("rdt", "top", "--json");
    assertThat(top.exit()).as(top.stderr()).isZero();
    List<JsonNode> groups = new ArrayList<>();
    new ObjectMapper().readTree(top.stdout()).path("groups").forEach(groups::add);
    assertThat(groups)
        .extracting(node -> node.path("class").asText() + node.has("pod"))
        .containsExactly(
            "goldfalse", "goldtrue", "silverfalse", "silvertrue", "system/defaultfalse", "true");
    JsonNode tenant = groups.get(1);
    assertThat(tenant.path("pod").asText()).isEqualTo(pod.status().getMetadata().getName());
    assertThat(tenant.path("occupancy").asLong()).isEqualTo(8192);
    assertThat(mib(tenant, "localPerSecond")).isBetween(80.0, 120.0);
    assertThat(mib(tenant, "totalPerSecond")).isBetween(160.0, 240.0);
    assertThat(mib(tenant.path("domains").path("1"), "localPerSecond")).isZero();
    assertThat(mib(groups.getLast(), "totalPerSecond")).isBetween(200.0, 300.0);

    Command table = carafe("rdt", "top", "--once");
    assertThat(table.stdout()).contains("ALL MEM/S", "system/default", "MiB", "8.0 KiB");
  }

  private static double mib(JsonNode node, String field) {
    return node.path(field).asDouble() / (1 << 20);
  }

  private static Command carafe(String... words) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.carafe.agent.cli.Carafe"));
    command.addAll(List.of(words));
    command.add("--address=unix://" + NODE.node().settings().socket());
    return Command.run(command.toArray(String[]::new));
  }

  @Test
  void aKilledAgentsGroupsAreTakenOverOrRemoved() throws Exception {
    rdt.restartAgent("[rdt]\nmonitoring = \"container\"");
    Workload pod = NODE.pod(gold());
    String stays = run(pod, shell("a", "sleep 1000"));
    String ends = run(pod, shell("b", "sleep 1000"));
    long pid = NODE.pid(ends);
    NODE.node().agent().kill();
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    NODE.node().startAgent();
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(rdt.groups("gold")).containsExactly("carafe-" + stays));
    NODE.exec(stays, 5, "true");
    NODE.stop(stays, 0);
    assertThat(rdt.groups("gold")).isEmpty();
  }

  @Test
  void withoutAMonitoringIdAContainerRunsUncountedUnlessItMustNot() throws Exception {
    rdt.restartAgent("[rdt]\nmonitoring = \"container\"");
    List<Path> foreign = new ArrayList<>();
    try {
      // Three of the 32 are the root's, gold's and silver's.
      for (int i = 0; i < 29; i++) {
        foreign.add(Files.createDirectory(rdt.root().resolve("mon_groups/foreign" + i)));
      }
      Workload pod = NODE.pod(gold());
      String id = run(pod, shell("c", "sleep 1000"));
      assertThat(rdt.groups("gold")).isEmpty();
      assertThat(NODE.exec(id, 5, "true").getExitCode()).isZero();
      assertThat(rdt.metric("carafe_rdt_monitoring_refused_total")).isEqualTo(1);
      assertThat(NODE.node().agent().tail()).contains("is not monitored", "Out of RMIDs");

      rdt.restartAgent("[rdt]\nmonitoring = \"container\"\nmonitoring_required = true");
      String refused = pod.create(shell("d", "true").build());
      assertRefused(
          Code.RESOURCE_EXHAUSTED, () -> pod.start(refused), "monitoring_required", "Out of RMIDs");
    } finally {
      for (Path group : foreign) {
        Files.delete(group);
      }
    }
  }
}
