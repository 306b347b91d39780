package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.agent.admin.v1.ListClassesRequest;
import dev.carafe.agent.admin.v1.NodeEvent;
import dev.carafe.agent.admin.v1.NodeGrpc;
import dev.carafe.agent.admin.v1.RdtClass;
import dev.carafe.agent.admin.v1.RdtContainer;
import dev.carafe.agent.admin.v1.RdtGrpc;
import dev.carafe.agent.admin.v1.ReloadRequest;
import dev.carafe.agent.admin.v1.ReloadResponse;
import dev.carafe.agent.admin.v1.WatchEventsRequest;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PodSandboxStatusRequest;
import dev.carafe.cri.v1.StatusRequest;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reload of the configuration, private classes, and what is told of both; SIMULATED resctrl. */
class RdtReloadIT {
  @RegisterExtension static final SimulatedNode NODE = new SimulatedNode("small4");

  private static final String POD_KEY = "rdt.resources.beta.kubernetes.io/pod";
  private static final String L3 = "rdt.carafe.dev/l3";
  private static final String MB = "rdt.carafe.dev/mb";
  private static final String TWO =
      """
      partitions:
        a: {l3Allocation: 60%, classes: {gold: , silver: {l3Allocation: 50%}}}
        b: {l3Allocation: 40%, mbAllocation: [50%]}
      carafe:
        privateClasses: {partition: b, max: 1}
      """;

  @BeforeEach
  void configured() throws Exception {
    assertThat(reload(TWO)).matches(ReloadResponse::getAccepted);
    assertThat(NODE.groups()).containsExactly("carafe-gold", "carafe-silver");
  }

  @AfterEach
  void clean() throws Exception {
    NODE.node().node().removePods();
    assertThat(reload(TWO)).matches(ReloadResponse::getAccepted);
    assertThat(NODE.groups()).containsExactly("carafe-gold", "carafe-silver");
  }

  @Test
  void schemataAreSwappedUnderARunningContainer() throws Exception {
    Workload pod = pod("gold");
    String id = run(pod, shell("c", "sleep 1000"));
    long pid = NODE.node().pid(id);
    assertThat(NODE.schemata("carafe-gold")).contains("L3:0=00fff");
    ReloadResponse swapped = reload(TWO.replace("60%", "30%"));
    assertThat(swapped.getAccepted()).as(swapped.getMessage()).isTrue();
    assertThat(NODE.schemata("carafe-gold")).contains("L3:0=0003f");
    assertThat(NODE.node().pid(id)).isEqualTo(pid);
    assertThat(NODE.tasks("carafe-gold")).contains(Long.toString(pid));
  }

  @Test
  void aClassInUseIsNotTakenAwayAndNothingElseChanges() throws Exception {
    Workload pod = pod("gold");
    // Created and not started counts.
    String id = pod.create(shell("c", "true").build());
    String other = TWO.replace("gold", "tin").replace("60%", "30%");
    ReloadResponse refused = reload(other);
    assertThat(refused.getAccepted()).isFalse();
    assertThat(refused.getMessage()).contains("carafe-gold", "in use by container " + id);
    assertThat(NODE.groups()).containsExactly("carafe-gold", "carafe-silver");
    assertThat(NODE.schemata("carafe-silver")).contains("L3:0=0003f");
    assertThat(event("ReloadRefused").getMessage()).contains("carafe-gold");
    JsonNode status = status();
    assertThat(status.at("/lastReload/accepted").asBoolean(true)).isFalse();
    assertThat(status.at("/rdt/problem").isNull()).isTrue();
    NODE.node().remove(id);
    assertThat(reload(other).getAccepted()).isTrue();
    assertThat(NODE.groups()).containsExactly("carafe-silver", "carafe-tin");
  }

  @Test
  void aBadFileKeepsTheOldOneAndSighupDoesWhatTheRpcDoes() throws Exception {
    Files.writeString(yaml(), "partitions:\n  p: {foo: 1}\n");
    long before = lastEvent();
    hangUp();
    NodeEvent refused = awaitEvent("ReloadRefused", before);
    assertThat(refused.getMessage()).contains(yaml() + ":2: partitions.p.foo: unknown field");
    assertThat(NODE.groups()).containsExactly("carafe-gold", "carafe-silver");
    Files.writeString(yaml(), TWO.replace("silver", "bronze"));
    hangUp();
    awaitEvent("Reloaded", refused.getSequence());
    assertThat(NODE.groups()).containsExactly("carafe-bronze", "carafe-gold");
  }

  @Test
  void whatNeedsARestartIsSaidAloud() throws Exception {
    ReloadResponse outcome = reload(TWO, "[metrics]\nlisten = \"127.0.0.1:1\"\n");
    assertThat(outcome.getAccepted()).isTrue();
    assertThat(outcome.getNeedRestartList()).containsExactly("metrics.listen");
    assertThat(outcome.getMessage()).contains("a restart is needed", "metrics.listen");
  }

  @Test
  void statusAndListingSayTheClassAndItsSource() throws Exception {
    Workload pod = pod("gold");
    String id = run(pod, shell("c", "sleep 1000"));
    JsonNode rdt = NODE.node().info(id).path("rdt");
    assertThat(rdt.path("class").asText()).isEqualTo("gold");
    assertThat(rdt.path("source").asText()).isEqualTo(POD_KEY);
    assertThat(rdt.path("closID").asText()).isEqualTo("carafe-gold");
    assertThat(podInfo(pod).at("/rdt/c/class").asText()).isEqualTo("gold");
    RdtClass gold = clazz("gold");
    assertThat(gold.getKind()).isEqualTo("configured");
    assertThat(gold.getSchemataList()).containsExactly("L3:0=fff", "MB:0=100");
    assertThat(gold.getTasks()).isPositive();
    assertThat(gold.getContainersList())
        .extracting(RdtContainer::getId, RdtContainer::getName)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(id, "c"));
  }

  @Test
  void aPrivateClassIsThePodsAndGoesWithIt() throws Exception {
    Workload pod = pod(L3, "50%", MB, "40%");
    String first = run(pod, shell("one", "sleep 1000"));
    String second = run(pod, shell("two", "sleep 1000"));
    String group = "carafe.private-" + pod.podId();
    assertThat(NODE.groups()).contains(group);
    // Half of b's 8 bits, and 40 % of its 50 %.
    assertThat(NODE.schemata(group)).contains("L3:0=0f000").contains("MB:0=   20");
    assertThat(NODE.tasks(group))
        .contains(Long.toString(NODE.node().pid(first)), Long.toString(NODE.node().pid(second)));
    assertThat(NODE.node().info(first).at("/rdt/source").asText()).contains(L3, MB);
    // It moves with its partition.
    assertThat(reload(TWO.replace("60%", "30%")).getAccepted()).isTrue();
    assertThat(NODE.schemata(group)).contains("L3:0=003c0");
    NODE.node().stop(first, 0);
    NODE.node().awaitExit(first);
    assertThat(NODE.groups()).contains(group);
    pod.remove();
    assertThat(NODE.groups()).doesNotContain(group);
  }

  @Test
  void privateClassesAreCountedAndGivenBack() throws Exception {
    Workload first = pod(L3, "50%");
    run(first, shell("c", "sleep 1000"));
    Workload second = pod(L3, "20%");
    assertRefused(
        Code.RESOURCE_EXHAUSTED,
        () -> second.create(shell("c", "true").build()),
        "1 of at most 1",
        "carafe.privateClasses.max",
        L3);
    assertThat(event("RdtClassRefused").getContainer()).isEqualTo("c");
    first.remove();
    run(second, shell("c", "sleep 1000"));
    assertThat(NODE.groups()).contains("carafe.private-" + second.podId());
  }

  @Test
  void withoutAFreeClosidTheStartIsRefusedInTheKernelsWords() throws Exception {
    Path theirs = Files.createDirectory(NODE.root().resolve("theirs"));
    try {
      Workload pod = pod(L3, "50%");
      String id = pod.create(shell("full", "true").build());
      assertRefused(
          Code.RESOURCE_EXHAUSTED, () -> pod.start(id), "carafe-gold", "theirs", "Out of CLOSIDs");
      NodeEvent refused = event("RdtClassRefused");
      assertThat(refused.getContainer()).isEqualTo("full");
      assertThat(refused.getPodNamespace()).isEqualTo("default");
      pod.remove();
      assertThat(NODE.groups()).containsExactly("carafe-gold", "carafe-silver", "theirs");
    } finally {
      Files.delete(theirs);
    }
  }

  @Test
  void theKernelsRefusalTakesTheReloadBackAndIsQuoted() throws Exception {
    reload(TWO.replace("60%", "30%"));
    Path theirs = Files.createDirectory(NODE.root().resolve("theirs"));
    try {
      for (String group : List.of("", "carafe-gold", "carafe-silver")) {
        Files.writeString(NODE.root().resolve(group).resolve("schemata"), "L3:0=1\n");
      }
      Files.writeString(theirs.resolve("schemata"), "L3:0=f0000\n");
      Files.writeString(theirs.resolve("mode"), "exclusive\n");
      ReloadResponse overlap =
          reload("partitions: {a: {l3Allocation: 100%, classes: {gold: , silver: }}}");
      assertThat(overlap.getAccepted()).isFalse();
      assertThat(overlap.getMessage()).contains("last_cmd_status: Overlaps with exclusive group");
      assertThat(NODE.schemata("carafe-gold")).contains("L3:0=00001");
      assertThat(NODE.schemata("theirs")).contains("L3:0=f0000");
    } finally {
      Files.delete(theirs);
      Files.writeString(NODE.root().resolve("schemata"), "L3:0=fffff\n");
    }
  }

  @Test
  void oneContainerCanHaveItsOwn() throws Exception {
    Workload pod = pod(L3 + ".one", "0-1");
    String one = run(pod, shell("one", "sleep 1000"));
    String two = run(pod, shell("two", "sleep 1000"));
    assertThat(NODE.schemata("carafe.private-" + one)).contains("L3:0=03000");
    assertThat(NODE.node().info(two).at("/rdt/class").asText()).isEqualTo("system/default");
  }

  @Test
  void wrongPrivateClassesAreRefusedWithASentence() throws Exception {
    Workload wrong = pod(L3, "lots");
    assertRefused(
        Code.INVALID_ARGUMENT, () -> wrong.create(shell("c", "true").build()), L3, "lots");
    Workload wide = pod(L3, "0-19");
    assertRefused(Code.INVALID_ARGUMENT, () -> wide.create(shell("c", "true").build()), L3);
    Workload both = pod(L3, "10%", POD_KEY, "gold");
    assertRefused(
        Code.INVALID_ARGUMENT, () -> both.create(shell("c", "true").build()), L3, POD_KEY);
    reload(TWO.substring(0, TWO.indexOf("carafe:")));
    Workload plain = pod(L3, "10%");
    assertRefused(
        Code.INVALID_ARGUMENT,
        () -> plain.create(shell("c", "true").build()),
        "carafe.privateClasses");
  }

  @Test
  void aKilledAgentsPrivateClassIsKeptWhileItsContainerLivesAndTakenAwayAfter() throws Exception {
    Workload pod = pod(L3, "50%");
    String id = run(pod, shell("c", "sleep 1000"));
    String group = "carafe.private-" + pod.podId();
    NODE.node().node().agent().kill();
    NODE.node().node().startAgent();
    assertThat(NODE.groups()).contains(group);
    long pid = NODE.node().pid(id);
    NODE.node().node().agent().kill();
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    NODE.node().node().startAgent();
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(NODE.groups()).doesNotContain(group));
  }

  @Test
  void aFileThatDoesNotFitTheHardwareLetsTheAgentStart() throws Exception {
    String four = "partitions: {p: {classes: {c1: , c2: , c3: , c4: }}}";
    ReloadResponse refused = reload(four);
    assertThat(refused.getMessage()).contains("4 classes are configured", "only 3");
    NODE.node().node().agent().kill();
    NODE.node().node().startAgent();
    assertThat(status().at("/rdt/problem").asText()).contains("4 classes are configured");
    assertThat(event("RdtConfigurationNotInForce").getMessage()).contains("4 classes");
    Workload pod = pod("c4");
    run(pod, shell("c", "sleep 1000"));
    NodeEvent missing = event("RdtClassMissing");
    assertThat(missing.getMessage()).contains("\"c4\"", POD_KEY, "not in force", "gold", "silver");
    assertThat(missing.getContainer()).isEqualTo("c");
  }

  // ---------------------------------------------------------------------------------------------

  private static Path yaml() {
    return NODE.node().node().settings().dir().resolve("rdt.yaml");
  }

  private static ReloadResponse reload(String yaml) throws IOException {
    return reload(yaml, "");
  }

  private static ReloadResponse reload(String yaml, String toml) throws IOException {
    NODE.configure(yaml, toml);
    return NodeGrpc.newBlockingStub(NODE.node().node().client().channel())
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .reload(ReloadRequest.getDefaultInstance());
  }

  private static void hangUp() throws Exception {
    String pid = Long.toString(NODE.node().node().agent().pid());
    assertThat(new ProcessBuilder("kill", "-HUP", pid).start().waitFor()).isZero();
  }

  /** What is kept of the past. */
  private static List<NodeEvent> events() {
    List<NodeEvent> events = new ArrayList<>();
    Iterator<NodeEvent> stream =
        NodeGrpc.newBlockingStub(NODE.node().node().client().channel())
            .withDeadlineAfter(500, TimeUnit.MILLISECONDS)
            .watchEvents(WatchEventsRequest.getDefaultInstance());
    try {
      stream.forEachRemaining(events::add);
    } catch (io.grpc.StatusRuntimeException end) {
      assertThat(end.getStatus().getCode()).isEqualTo(Code.DEADLINE_EXCEEDED);
    }
    return events;
  }

  private static long lastEvent() {
    return events().getLast().getSequence();
  }

  private static NodeEvent event(String reason) {
    return events().stream()
        .filter(event -> event.getReason().equals(reason))
        .reduce((first, second) -> second)
        .orElseThrow(() -> new AssertionError("no event " + reason + " in " + events()));
  }

  private static NodeEvent awaitEvent(String reason, long after) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                events().stream()
                    .filter(e -> e.getSequence() > after && e.getReason().equals(reason))
                    .findFirst()
                    .orElse(NodeEvent.getDefaultInstance()),
            event -> event.getSequence() > 0);
  }

  private static JsonNode status() throws IOException {
    return new ObjectMapper()
        .readTree(
            NODE.node()
                .runtime()
                .status(StatusRequest.newBuilder().setVerbose(true).build())
                .getInfoOrThrow("config"));
  }

  private static JsonNode podInfo(Workload pod) throws IOException {
    return new ObjectMapper()
        .readTree(
            NODE.node()
                .runtime()
                .podSandboxStatus(
                    PodSandboxStatusRequest.newBuilder()
                        .setPodSandboxId(pod.podId())
                        .setVerbose(true)
                        .build())
                .getInfoOrThrow("info"));
  }

  private static RdtClass clazz(String name) {
    try (Stream<RdtClass> classes =
        RdtGrpc.newBlockingStub(NODE.node().node().client().channel())
            .listClasses(ListClassesRequest.getDefaultInstance())
            .getClassesList()
            .stream()) {
      return classes.filter(c -> c.getName().equals(name)).findFirst().orElseThrow();
    }
  }

  private static Workload pod(String name) {
    return pod(POD_KEY, name);
  }

  private static Workload pod(String... annotations) {
    PodSandboxConfig.Builder config = NODE.node().podConfig();
    for (int i = 0; i < annotations.length; i += 2) {
      config.putAnnotations(annotations[i], annotations[i + 1]);
    }
    return NODE.node().pod(config);
  }
}
