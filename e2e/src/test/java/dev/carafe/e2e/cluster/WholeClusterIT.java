package dev.carafe.e2e.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.BusyboxImage;
import dev.carafe.e2e.client.CgroupTree;
import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.client.Workload;
import dev.carafe.e2e.resctrl.ResctrlSimulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * A node's life in a real cluster: its kubelet begins with Debian's containerd, helm installs the
 * chart in mode beside and then in mode replace, pods move, run, outlive their runtime, and the
 * node gets containerd back. One story, told in order.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WholeClusterIT {
  private static final Path HOME = Path.of(System.getProperty("carafe.home"));
  private static final Path DIST = HOME.resolve("agent/target/dist");
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final String NAMESPACE = "carafe-system";
  private static final String SOCKET = "/run/carafe/carafe.sock";

  private final String cgroup = "/carafe-test-cluster-" + ProcessHandle.current().pid();
  private Path dir;
  private @Nullable ResctrlSimulator simulator;
  private ClusterHost host;
  private ControlPlane cluster;

  /** A pod that no kubelet knows of. */
  private @Nullable Workload lone;

  private long lonePid;

  @BeforeAll
  void start() throws Exception {
    Assumptions.assumeTrue(
        Boolean.getBoolean("carafe.long"), "SKIP long: make test-cluster runs it, for minutes");
    Path programs = HOME.resolve("e2e/target/cluster");
    Path kubelet = HOME.resolve("e2e/target/kubelet/kubelet");
    Assumptions.assumeTrue(
        Files.isExecutable(programs.resolve("kubectl"))
            && Files.isExecutable(programs.resolve("helm"))
            && Files.isExecutable(kubelet),
        "SKIP kube-apiserver: not built in " + programs + "; make test-cluster builds it");
    Containerd.assumeThere();
    assertThat(DIST.resolve("carafe-node.tar")).as("made by make image").exists();
    // Short, for a shim's socket must fit into 107 bytes.
    dir = Files.createDirectory(Path.of("/tmp/cfk-" + ProcessHandle.current().pid()));
    BusyboxImage.write(dir.resolve("busybox.tar"), Manifests.IMAGE);
    CgroupTree.make(cgroup);
    CgroupTree.make(cgroup + "/kubelet");
    simulator();
    host = ClusterHost.start(HOME.resolve("e2e/cluster/host"), dir);
    formerRuntime();
    cluster = ControlPlane.start(host, programs);
    cluster.startKubelet(kubelet, Containerd.ENDPOINT, cgroup + "/kubelet");
  }

  private void simulator() throws Exception {
    Command made = Command.run("make", "-s", "-C", HOME.resolve("e2e/resctrl-sim").toString());
    Assumptions.assumeTrue(!made.stderr().contains("SKIP"), made.stderr().strip());
    try {
      simulator =
          ResctrlSimulator.start(
              HOME.resolve("e2e/target/resctrl-sim"),
              Files.createDirectory(dir.resolve("resctrl")),
              "--profile",
              "small4");
    } catch (ResctrlSimulator.MissingException missing) {
      Assumptions.abort(String.valueOf(missing.getMessage()));
    }
  }

  private void formerRuntime() throws Exception {
    Path net = Files.createDirectories(host.path("/etc/cni/net.d"));
    Files.writeString(net.resolve("00-pods.conflist"), Manifests.NETWORK);
    Containerd containerd = Containerd.start(host);
    containerd.importImages(dir.resolve("busybox.tar"));
    containerd.importImages(DIST.resolve("carafe-node.tar"));
  }

  /** Gives Carafe the images; a cluster would pull them. */
  private void importImages() throws Exception {
    for (Path archive : List.of(dir.resolve("busybox.tar"), DIST.resolve("carafe-node.tar"))) {
      Command done = carafe("image", "import", archive.toString());
      assertThat(done.exit()).as(done.toString()).isZero();
    }
  }

  private Command carafe(String... arguments) throws Exception {
    return host.run(
        Stream.concat(
                Stream.of(
                    DIST.resolve("carafe/bin/carafe").toString(), "--address", "unix://" + SOCKET),
                Stream.of(arguments))
            .toArray(String[]::new));
  }

  private boolean cgroupIsGone() throws IOException {
    CgroupTree.remove(cgroup);
    return CgroupTree.directories(cgroup).isEmpty();
  }

  @AfterAll
  void stop() throws Exception {
    try {
      if (host == null) {
        return;
      }
      host.systemctl("stop", "kubelet");
      for (String socket : List.of(SOCKET, Containerd.SOCKET)) {
        if (Files.exists(host.path(socket))) {
          removePods(host.path(socket));
        }
      }
    } finally {
      close();
    }
    // The pod that took Carafe away has nobody left to end it.
    CgroupTree.kill(cgroup);
    await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(this::cgroupIsGone);
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  private void close() throws IOException {
    if (host != null) {
      host.close();
    }
    if (simulator != null) {
      simulator.close();
    }
  }

  private static void removePods(Path socket) {
    try (CriClient client = CriClient.of(socket, PATIENCE)) {
      client.removePods();
    }
  }

  private static List<PodSandbox> pods(CriClient client) {
    return client
        .runtime()
        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
        .getItemsList();
  }

  private static void eventually(ThrowingRunnable assertion) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(assertion);
  }

  private JsonNode node() throws Exception {
    return cluster.get("node", ControlPlane.NODE);
  }

  private static boolean ready(JsonNode object) {
    for (JsonNode condition : object.path("status").path("conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  /** The ready pods of a label that are not being deleted. */
  private List<JsonNode> pods(String label) throws Exception {
    return Stream.of(cluster.get("pods", "--all-namespaces", "--selector=" + label).path("items"))
        .flatMap(items -> items.valueStream())
        .filter(pod -> ready(pod) && pod.path("metadata").path("deletionTimestamp").isMissingNode())
        .toList();
  }

  private static String name(JsonNode object) {
    return object.path("metadata").path("name").asText();
  }

  /** The pid of a pod's only container, by Carafe. */
  private long pid(JsonNode pod) throws Exception {
    return pid(pod.at("/status/containerStatuses/0/containerID").asText().replace("carafe://", ""));
  }

  private long pid(String container) throws Exception {
    Command said = carafe("inspect", container);
    assertThat(said.exit()).as(said.toString()).isZero();
    return new ObjectMapper().readTree(said.stdout()).findPath("pid").asLong();
  }

  /** What every container of the deployment is: who runs it, which one, how often begun. */
  private List<String> webs() throws Exception {
    return pods("app=web").stream()
        .map(pod -> pod.at("/status/containerStatuses/0"))
        .map(status -> status.path("containerID").asText() + " " + status.path("restartCount"))
        .sorted()
        .toList();
  }

  private String label(String name) throws Exception {
    return node().path("metadata").path("labels").path(name).asText();
  }

  private void helmUpgrade(String... settings) throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of(
                "upgrade",
                "carafe",
                HOME.resolve("helm/carafe").toString(),
                "--namespace=" + NAMESPACE,
                "--reuse-values"));
    words.addAll(List.of(settings));
    cluster.helm(words.toArray(String[]::new));
  }

  private String kubeletConfig() throws IOException {
    return Files.readString(dir.resolve("kubelet/config.yaml"));
  }

  @Test
  @Order(1)
  void theNodeIsReadyAndRunsADeployment() throws Exception {
    eventually(() -> assertThat(ready(node())).as(host.tail("kubelet")).isTrue());
    assertThat(node().at("/status/nodeInfo/containerRuntimeVersion").asText())
        .startsWith("containerd://");
    cluster.apply(Manifests.DEPLOYMENT);
    eventually(() -> assertThat(pods("app=web")).hasSize(2));
  }

  @Test
  @Order(2)
  void besideCarafeServesItsOwnSocketAndTheKubeletDoesNotChange() throws Exception {
    List<String> before = webs();
    Path values =
        Files.writeString(dir.resolve("values.yaml"), Manifests.VALUES.formatted(cgroup + "/new"));
    cluster.helm(
        "install",
        "carafe",
        HOME.resolve("helm/carafe").toString(),
        "--namespace=" + NAMESPACE,
        "--create-namespace",
        "--values=" + values);
    eventually(() ->
        assertThat(label("carafe.dev/runtime"))
            .as(node().path("metadata").toString())
            .isEqualTo("ready"));
    assertThat(host.path("/run/systemd/system/carafe.service")).exists();
    assertThat(host.path("/etc/systemd/system/carafe.service")).doesNotExist();
    assertThat(kubeletConfig()).contains("containerRuntimeEndpoint: " + Containerd.ENDPOINT);
    assertThat(webs()).isEqualTo(before);

    importImages();
    CriClient client = CriClient.of(host.path(SOCKET), PATIENCE);
    Workload pod =
        Workload.run(
            client, Workload.pod("lone", dir.resolve("logs"), cgroup + "/new/lone").build());
    String container =
        pod.create(Workload.container("c", Manifests.IMAGE, List.of("sleep", "100000")).build());
    pod.start(container);
    lone = pod;
    lonePid = pid(container);
  }

  @Test
  @Order(3)
  void removingTheDaemonSetsPodStopsNothing() throws Exception {
    List<String> before = webs();
    ProcessHandle agent = host.process("carafe");
    String installer = name(pods("app.kubernetes.io/name=carafe").getFirst());
    cluster.kubectl("delete", "pod", installer, "--namespace=" + NAMESPACE, "--wait");
    eventually(() ->
        assertThat(pods("app.kubernetes.io/name=carafe").stream().map(WholeClusterIT::name))
            .singleElement()
            .isNotEqualTo(installer));
    assertThat(agent.isAlive()).isTrue();
    assertThat(host.process("carafe")).isEqualTo(agent);
    assertThat(ProcessHandle.of(lonePid)).isPresent();
    assertThat(webs()).isEqualTo(before);
  }

  @Test
  @Order(4)
  void besideAKubeletsPodsCanHaveTheOciRuntime() throws Exception {
    cluster.apply(Manifests.OCI_POD);
    eventually(() -> assertThat(ready(cluster.get("pod", "by-oci"))).isTrue());
    assertThat(cluster.kubectl("exec", "by-oci", "--", "echo", "in").strip()).isEqualTo("in");
    cluster.kubectl("delete", "pod/by-oci", "--timeout=60s");
    requireNonNull(lone).remove();
  }

  /** Its network is nowhere, so that the node would not become ready. */
  @Test
  @Order(5)
  void aNodeThatDoesNotBecomeReadyGoesBack() throws Exception {
    Path values =
        Files.writeString(
            dir.resolve("broken.yaml"), Manifests.WITHOUT_NETWORK.formatted(cgroup + "/new"));
    helmUpgrade("--values=" + values);
    eventually(() -> assertThat(label("carafe.dev/runtime")).isEqualTo("failed"));
    assertThat(node().at("/metadata/annotations/carafe.dev~1failure").asText())
        .contains("ready: after 60 s the node is not ready with carafe://");
    eventually(() -> {
      assertThat(ready(node())).isTrue();
      assertThat(node().at("/status/nodeInfo/containerRuntimeVersion").asText())
          .startsWith("containerd://");
    });
    assertThat(kubeletConfig()).contains("containerRuntimeEndpoint: " + Containerd.ENDPOINT);
    assertThat(node().path("spec").path("taints").toString())
        .doesNotContain("carafe.dev/installing");
    assertThat(host.path("/run/systemd/system/carafe.service")).as("beside again").exists();
    eventually(() -> assertThat(webs()).hasSize(2).allMatch(c -> c.startsWith("containerd://")));
  }

  @Test
  @Order(6)
  void inModeReplaceTheNodeChangesItsRuntime() throws Exception {
    helmUpgrade("--values=" + dir.resolve("values.yaml"), "--set=mode=replace");
    eventually(() ->
        assertThat(label("carafe.dev/runtime"))
            .as(node().path("metadata").toString())
            .isEqualTo("ready"));
    eventually(() ->
        assertThat(node().at("/status/nodeInfo/containerRuntimeVersion").asText())
            .startsWith("carafe://"));
    assertThat(kubeletConfig()).contains("containerRuntimeEndpoint: unix://" + SOCKET);
    assertThat(host.path("/run/systemd/system/carafe.service")).doesNotExist();
    assertThat(node().path("spec").path("taints").toString())
        .doesNotContain("carafe.dev/installing");
    eventually(() -> assertThat(webs()).hasSize(2).allMatch(c -> c.startsWith("carafe://")));
    try (CriClient former = CriClient.of(host.path(Containerd.SOCKET), PATIENCE)) {
      eventually(() -> assertThat(pods(former)).as("containerd's pods").isEmpty());
    }
    // The tree came out of an image's layer, and its AOT cache is still good.
    assertThat(host.tail("carafe")).doesNotContain("[aot]");
  }

  @Test
  @Order(7)
  void aJobRunsToItsEnd() throws Exception {
    cluster.apply(Manifests.JOB);
    eventually(
        () -> assertThat(cluster.get("job", "sum").at("/status/succeeded").asInt()).isEqualTo(2));
    assertThat(cluster.kubectl("logs", "job/sum").strip()).isEqualTo("42");
  }

  @Test
  @Order(8)
  void execLogsAndPortForward() throws Exception {
    String pod = name(pods("app=web").getFirst());
    assertThat(cluster.kubectl("logs", pod).strip()).isEqualTo("serving");
    Command exec =
        cluster.tryKubectl(
            "exec", pod, "--", "sh", "-c", "cat /tmp/index.html; echo e >&2; exit 7");
    assertThat(exec.stdout()).isEqualTo("page\n");
    assertThat(exec.stderr()).startsWith("e\n");
    assertThat(exec.exit()).isEqualTo(7);
    Process forward =
        new ProcessBuilder(cluster.kubectlCommand("port-forward", pod, "18080:8080"))
            .redirectErrorStream(true)
            .start();
    try {
      String said =
          new java.io.BufferedReader(new java.io.InputStreamReader(forward.getInputStream(), UTF_8))
              .readLine();
      assertThat(said).startsWith("Forwarding from 127.0.0.1:18080");
      assertThat(
              host.run("busybox", "wget", "-q", "-O-", "http://127.0.0.1:18080/index.html")
                  .stdout())
          .isEqualTo("page\n");
    } finally {
      forward.destroy();
      forward.waitFor();
    }
  }

  @Test
  @Order(9)
  void aPodGetsTheClassThatItsAnnotationNames() throws Exception {
    cluster.apply(Manifests.GOLD);
    eventually(() -> assertThat(ready(cluster.get("pod", "gold"))).isTrue());
    long pid = pid(cluster.get("pod", "gold"));
    List<Path> tasks;
    try (Stream<Path> groups = Files.list(host.path("/sys/fs/resctrl"))) {
      tasks = groups.filter(group -> group.getFileName().toString().endsWith("gold")).toList();
    }
    assertThat(tasks).hasSize(1);
    assertThat(Files.readAllLines(tasks.getFirst().resolve("tasks"))).contains(Long.toString(pid));
    assertThat(node().at("/metadata/annotations/carafe.dev~1rdt-classes").asText())
        .isEqualTo("bronze,gold");
  }

  @Test
  @Order(10)
  void podsOutliveAKilledAgent() throws Exception {
    JsonNode before = cluster.get("pod", "gold");
    long pid = pid(before);
    ProcessHandle agent = host.process("carafe");
    agent.destroyForcibly();
    agent.onExit().join();
    host.systemctl("restart", "carafe");
    eventually(() -> assertThat(pid(cluster.get("pod", "gold"))).isEqualTo(pid));
    JsonNode status = cluster.get("pod", "gold").at("/status/containerStatuses/0");
    assertThat(status.path("restartCount").asInt()).isZero();
    assertThat(status.path("containerID"))
        .isEqualTo(before.at("/status/containerStatuses/0/containerID"));
    eventually(() ->
        assertThat(cluster.kubectl("exec", "gold", "--", "echo", "still").strip())
            .isEqualTo("still"));
  }

  @Test
  @Order(11)
  void helmTestPasses() throws Exception {
    assertThat(cluster.helm("test", "carafe", "--namespace=" + NAMESPACE, "--timeout=120s"))
        .contains("Succeeded");
  }

  @Test
  @Order(12)
  void uninstalledTheNodeHasItsFormerRuntime() throws Exception {
    cluster.kubectl("delete", "job/sum", "pod/gold", "--timeout=60s");
    cluster.kubectl("scale", "deployment/web", "--replicas=0");
    eventually(() -> assertThat(cluster.get("pods", "--selector=app=web").path("items")).isEmpty());
    helmUpgrade("--set=uninstall=true");
    eventually(() ->
        assertThat(node().at("/metadata/labels/carafe.dev~1runtime").isMissingNode()).isTrue());
    cluster.helm("uninstall", "carafe", "--namespace=" + NAMESPACE);
    assertThat(kubeletConfig()).contains("containerRuntimeEndpoint: " + Containerd.ENDPOINT);
    assertThat(host.path("/opt/carafe/current")).doesNotExist();
    assertThat(host.path("/etc/systemd/system/carafe.service")).doesNotExist();
    cluster.kubectl("scale", "deployment/web", "--replicas=1");
    eventually(() -> assertThat(webs()).singleElement().asString().startsWith("containerd://"));
    assertThat(name(node()).toLowerCase(Locale.ROOT)).isEqualTo(ControlPlane.NODE);
  }
}
