package dev.carafe.e2e.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.BusyboxImage;
import dev.carafe.e2e.client.CgroupTree;
import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.resctrl.ResctrlSimulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
 * A node's life in a real cluster: its kubelet begins with a runtime that is there already (a
 * carafed of the same tree), helm installs the chart in mode replace, pods move, run, outlive their
 * runtime, and the node gets its former runtime back. One story, told in order.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WholeClusterIT {
  private static final Path HOME = Path.of(System.getProperty("carafe.home"));
  private static final Path DIST = HOME.resolve("agent/target/dist");
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final String IMAGE = "localhost/busybox:cluster";
  private static final String NAMESPACE = "carafe-system";
  private static final String SOCKET = "/run/carafe/carafe.sock";
  private static final String FORMER = "/run/former/cri.sock";

  private static final String NETWORK =
      """
      {"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "pods0",
       "isGateway": true, "ipMasq": false, "ipam": {"type": "host-local",
       "dataDir": "/run/cni-leases", "routes": [{"dst": "0.0.0.0/0"}],
       "ranges": [[{"subnet": "10.244.0.0/24"}]]}}]}
      """;

  private static final String CONFIG =
      """
      [runtime]
      cgroup_driver = "cgroupfs"
      cgroup_parent = "%s"
      [rdt]
      mount = "never"
      """;

  private static final String VALUES =
      """
      mode: replace
      patienceSeconds: 120
      runtimeClass: {create: true, name: carafe}
      config: |
        [runtime]
        cgroup_driver = "cgroupfs"
        cgroup_parent = "%s"
        [rdt]
        mount = "never"
      rdt:
        config: |
          partitions:
            all:
              l3Allocation: "100%%"
              classes:
                gold: {l3Allocation: "60%%"}
                bronze: {l3Allocation: "30%%"}
      """;

  private static final String DEPLOYMENT =
      """
      {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
       "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}},
         "spec": {"terminationGracePeriodSeconds": 1, "automountServiceAccountToken": false,
          "containers": [{"name": "web", "image": "%s", "imagePullPolicy": "Never",
           "command": ["sh", "-c", "echo serving; echo page > /tmp/index.html; exec httpd -f -h /tmp -p 8080"],
           "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1}}]}}}}
      """
          .formatted(IMAGE);

  private static final String JOB =
      """
      {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sum"},
       "spec": {"completions": 2, "backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never",
        "runtimeClassName": "carafe", "containers": [{"name": "sum", "image": "%s",
         "imagePullPolicy": "Never", "command": ["sh", "-c", "echo $((40 + 2))"]}]}}}}
      """
          .formatted(IMAGE);

  private static final String GOLD =
      """
      {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "gold",
        "annotations": {"rdt.resources.beta.kubernetes.io/pod": "gold"}},
       "spec": {"terminationGracePeriodSeconds": 1, "runtimeClassName": "carafe",
        "containers": [{"name": "gold", "image": "%s",
         "imagePullPolicy": "Never", "command": ["sleep", "100000"]}]}}
      """
          .formatted(IMAGE);

  private final String cgroup = "/carafe-test-cluster-" + ProcessHandle.current().pid();
  private Path dir;
  private @Nullable ResctrlSimulator simulator;
  private ClusterHost host;
  private ControlPlane cluster;

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
    assertThat(DIST.resolve("carafe-node.tar")).as("made by make image").exists();
    // Short, for a shim's socket must fit into 107 bytes.
    dir = Files.createDirectory(Path.of("/tmp/cfk-" + ProcessHandle.current().pid()));
    BusyboxImage.write(dir.resolve("busybox.tar"), IMAGE);
    CgroupTree.make(cgroup);
    CgroupTree.make(cgroup + "/kubelet");
    simulator();
    host = ClusterHost.start(HOME.resolve("e2e/cluster/host"), dir);
    formerRuntime();
    cluster = ControlPlane.start(host, programs);
    cluster.startKubelet(kubelet, "unix://" + FORMER, cgroup + "/kubelet");
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
    Files.writeString(net.resolve("00-pods.conflist"), NETWORK);
    Files.createDirectories(host.path("/run/former"));
    Path config = dir.resolve("former.toml");
    Files.writeString(
        config,
        "root = \"%s/former\"\nstate = \"/run/former\"\n[api]\nlisten = \"unix://%s\"\n"
                .formatted(dir, FORMER)
            + CONFIG.formatted(cgroup + "/former"));
    host.service(
        "former", DIST.resolve("carafe/bin/carafed").toString(), "--config", config.toString());
    importImages(FORMER);
  }

  /** Waits for a runtime's socket and gives it the images. */
  private void importImages(String socket) throws Exception {
    eventually(() -> assertThat(Files.exists(host.path(socket))).isTrue());
    for (Path archive : List.of(dir.resolve("busybox.tar"), DIST.resolve("carafe-node.tar"))) {
      eventually(() -> {
        Command done = carafe(socket, "image", "import", archive.toString());
        assertThat(done.exit()).as(done.toString()).isZero();
      });
    }
  }

  private Command carafe(String socket, String... arguments) throws Exception {
    return host.run(
        Stream.concat(
                Stream.of(
                    DIST.resolve("carafe/bin/carafe").toString(), "--address", "unix://" + socket),
                Stream.of(arguments))
            .toArray(String[]::new));
  }

  @AfterAll
  void stop() throws Exception {
    try {
      if (host == null) {
        return;
      }
      host.systemctl("stop", "kubelet");
      for (String socket : List.of(SOCKET, FORMER)) {
        if (Files.exists(host.path(socket))) {
          removePods(host.path(socket));
        }
      }
    } finally {
      close();
    }
    CgroupTree.remove(cgroup);
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
    return Stream.of(cluster.get("pods", "--selector=" + label).path("items"))
        .flatMap(items -> items.valueStream())
        .filter(pod -> ready(pod) && pod.path("metadata").path("deletionTimestamp").isMissingNode())
        .toList();
  }

  private static String name(JsonNode object) {
    return object.path("metadata").path("name").asText();
  }

  /** The pid of a pod's only container, by the runtime that has it. */
  private long pid(JsonNode pod) throws Exception {
    String id = pod.path("status").path("containerStatuses").path(0).path("containerID").asText();
    Command said = carafe(SOCKET, "inspect", id.replace("carafe://", ""));
    assertThat(said.exit()).as(said.toString()).isZero();
    return new com.fasterxml.jackson.databind.ObjectMapper()
        .readTree(said.stdout())
        .findPath("pid")
        .asLong();
  }

  @Test
  @Order(1)
  void theNodeIsReadyAndRunsADeployment() throws Exception {
    eventually(() -> assertThat(ready(node())).as(host.tail("kubelet")).isTrue());
    assertThat(node().at("/status/nodeInfo/containerRuntimeVersion").asText())
        .startsWith("carafe://");
    cluster.apply(DEPLOYMENT);
    eventually(() -> assertThat(pods("app=web")).hasSize(2));
  }

  @Test
  @Order(2)
  void helmInstallsTheChartAndTheNodeChangesItsRuntime() throws Exception {
    Path values = Files.writeString(dir.resolve("values.yaml"), VALUES.formatted(cgroup + "/new"));
    cluster.helm(
        "install",
        "carafe",
        HOME.resolve("helm/carafe").toString(),
        "--namespace=" + NAMESPACE,
        "--create-namespace",
        "--values=" + values);
    // A cluster would pull it.
    importImages(SOCKET);
    eventually(() ->
        assertThat(node().at("/metadata/labels/carafe.dev~1runtime").asText())
            .as(node().path("metadata").toString())
            .isEqualTo("ready"));
    assertThat(Files.readString(dir.resolve("kubelet/config.yaml")))
        .contains("containerRuntimeEndpoint: unix://" + SOCKET);
    assertThat(node().path("spec").path("taints").toString())
        .doesNotContain("carafe.dev/installing");
    eventually(() -> assertThat(pods("app=web")).hasSize(2));
    try (CriClient former = CriClient.of(host.path(FORMER), PATIENCE)) {
      eventually(() -> assertThat(pods(former)).as("the former runtime's pods").isEmpty());
    }
    assertThat(pid(pods("app=web").getFirst())).isPositive();
    // The tree came out of an image's layer, and its AOT cache is still good.
    assertThat(host.tail("carafe")).doesNotContain("[aot]");
  }

  @Test
  @Order(3)
  void aJobRunsToItsEnd() throws Exception {
    cluster.apply(JOB);
    eventually(
        () -> assertThat(cluster.get("job", "sum").at("/status/succeeded").asInt()).isEqualTo(2));
    assertThat(cluster.kubectl("logs", "job/sum").strip()).isEqualTo("42");
  }

  @Test
  @Order(4)
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
  @Order(5)
  void aPodGetsTheClassThatItsAnnotationNames() throws Exception {
    cluster.apply(GOLD);
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
  @Order(6)
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
  @Order(7)
  void helmTestPasses() throws Exception {
    assertThat(cluster.helm("test", "carafe", "--namespace=" + NAMESPACE, "--timeout=120s"))
        .contains("Succeeded");
  }

  @Test
  @Order(8)
  void uninstalledTheNodeHasItsFormerRuntime() throws Exception {
    Path configFile = dir.resolve("kubelet/config.yaml");
    cluster.kubectl("delete", "job/sum", "pod/gold", "--timeout=60s");
    cluster.kubectl("scale", "deployment/web", "--replicas=0");
    eventually(() -> assertThat(cluster.get("pods", "--selector=app=web").path("items")).isEmpty());
    cluster.helm(
        "upgrade",
        "carafe",
        HOME.resolve("helm/carafe").toString(),
        "--namespace=" + NAMESPACE,
        "--reuse-values",
        "--set=uninstall=true");
    eventually(() ->
        assertThat(node().at("/metadata/labels/carafe.dev~1runtime").isMissingNode()).isTrue());
    cluster.helm("uninstall", "carafe", "--namespace=" + NAMESPACE);
    assertThat(Files.readString(configFile)).contains("containerRuntimeEndpoint: unix://" + FORMER);
    assertThat(host.path("/opt/carafe/current")).doesNotExist();
    assertThat(host.path("/etc/systemd/system/carafe.service")).doesNotExist();
    cluster.kubectl("scale", "deployment/web", "--replicas=1");
    eventually(() -> assertThat(pods("app=web")).hasSize(1));
    assertThat(name(node()).toLowerCase(Locale.ROOT)).isEqualTo(ControlPlane.NODE);
  }
}
