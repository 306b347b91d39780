package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.BUSYBOX;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.Workload;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command of the real crictl, each checked by what it did. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CrictlIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final String OTHER = "gcr.io/k8s-staging-cri-tools/test-image-1:latest";
  private static Crictl crictl;

  @BeforeAll
  static void build() throws Exception {
    crictl = Crictl.of(NODE);
  }

  @AfterEach
  void removePods() {
    NODE.node().removePods();
  }

  private static String podFile() throws IOException {
    String name = "crictl-" + NAMES.incrementAndGet();
    Path logs = NODE.node().settings().logs().resolve(name);
    return crictl.file(
        name + ".json",
        """
        {"metadata": {"name": "%s", "namespace": "default", "uid": "%s-uid", "attempt": 1},
         "labels": {"app": "%s"}, "log_directory": "%s",
         "linux": {"security_context": {"namespace_options": {"pid": 1}}}}
        """
            .formatted(name, name, name, logs));
  }

  private static String containerFile(String script) throws IOException {
    String name = "c" + NAMES.incrementAndGet();
    return crictl.file(
        name + ".json",
        """
        {"metadata": {"name": "%s"}, "image": {"image": "%s"}, "command": ["sh", "-c", "%s"],
         "log_path": "%s.log", "stdin": true,
         "linux": {"resources": {"memory_limit_in_bytes": 104857600},
          "security_context": {"namespace_options": {"pid": 1}}}}
        """
            .formatted(name, BUSYBOX, script, name));
  }

  @Test
  void version() throws Exception {
    assertThat(crictl.ok("version"))
        .contains("Version:  0.1.0", "RuntimeName:  carafe", "RuntimeApiVersion:  v1")
        .containsPattern("RuntimeVersion:  \\S+");
  }

  @Test
  void info() throws Exception {
    JsonNode info = crictl.json("info");
    for (JsonNode condition : info.path("status").path("conditions")) {
      assertThat(condition.path("status").asBoolean()).as(condition.toString()).isTrue();
    }
    assertThat(info.path("status").path("conditions").findValuesAsText("type"))
        .contains("RuntimeReady", "NetworkReady");
    assertThat(info.path("runtimeHandlers")).anyMatch(h -> h.path("name").asText().isEmpty());
    assertThat(info.path("lastCNILoadStatus").asText()).isEqualTo("OK");
    assertThat(info.path("cniconfig").path("Networks").path(0).path("IFName").asText())
        .isEqualTo("eth0");
    assertThat(info.path("config").path("stateDir").asText())
        .isEqualTo(NODE.node().settings().state().toString());
  }

  @Test
  void runtimeConfig() throws Exception {
    assertThat(crictl.ok("runtime-config")).containsPattern("cgroup driver: +CGROUPFS");
    crictl.ok("update-runtime-config", "--pod-cidr", "10.9.0.0/16");
  }

  @Test
  void whatCrictlDoesByItself() throws Exception {
    assertThat(crictl.ok("config", "--get", "timeout")).isEqualTo("20");
    assertThat(crictl.ok("completion")).contains("complete");
  }

  @Test
  void aPodsLifeInSingleSteps() throws Exception {
    String podFile = podFile();
    String pod = crictl.ok("runp", podFile);
    JsonNode listed = crictl.json("pods", "-o", "json", "--id", pod).path("items").path(0);
    assertThat(listed.path("state").asText()).isEqualTo("SANDBOX_READY");
    assertThat(listed.path("metadata").path("attempt").asInt()).isEqualTo(1);
    assertThat(crictl.ok("pods")).contains(pod.substring(0, 13), "Ready");
    JsonNode podStatus = crictl.json("inspectp", pod);
    assertThat(podStatus.path("status").path("network").path("ip").asText())
        .startsWith(NODE.node().settings().subnet());
    assertThat(podStatus.path("info").path("pid").isMissingNode()).isFalse();

    String id = crictl.ok("create", "--with-pull", pod, containerFile("sleep 1000"), podFile);
    assertThat(crictl.ok("ps", "-a", "-q", "--state", "created")).isEqualTo(id);
    assertThat(crictl.ok("start", id)).isEqualTo(id);
    assertThat(crictl.ok("ps")).contains(id.substring(0, 13), "Running", pod.substring(0, 13));
    for (List<String> filter : List.of(List.of("--pod", pod), List.of("--image", BUSYBOX))) {
      assertThat(crictl.ok("ps", "-q", filter.getFirst(), filter.getLast())).contains(id);
    }
    assertThat(crictl.ok("ps", "-q", "--label", "no=such")).isEmpty();
    assertThat(crictl.ok("pods", "-q", "--namespace", "no-such")).isEmpty();
    JsonNode status = crictl.json("inspect", id);
    assertThat(status.path("status").path("state").asText()).isEqualTo("CONTAINER_RUNNING");
    assertThat(status.path("info").path("pid").asLong()).isEqualTo(NODE.pid(id));

    crictl.ok("update", "--memory", "209715200", "--cpu-share", "512", id);
    JsonNode linux = crictl.json("inspect", id).path("status").path("resources").path("linux");
    assertThat(linux.path("memoryLimitInBytes").asText()).isEqualTo("209715200");
    assertThat(linux.path("cpuShares").asText()).isEqualTo("512");

    assertThat(crictl.ok("stop", "--timeout", "0", id)).isEqualTo(id);
    assertThat(crictl.json("inspect", id).path("status").path("exitCode").asInt()).isEqualTo(137);
    assertThat(crictl.ok("rm", id)).isEqualTo(id);
    assertThat(crictl.run("inspect", id).exit()).isNotZero();
    crictl.ok("stopp", pod);
    assertThat(crictl.ok("pods", "--state", "notready", "-q")).isEqualTo(pod);
    crictl.ok("rmp", pod);
    assertThat(crictl.ok("pods", "-q")).isEmpty();
  }

  @Test
  void runDoesItAllAtOnceAndForceTakesItAway() throws Exception {
    String id = crictl.ok("run", containerFile("sleep 1000"), podFile());
    assertThat(crictl.json("inspect", id).path("status").path("state").asText())
        .isEqualTo("CONTAINER_RUNNING");
    crictl.ok("run", containerFile("sleep 1000"), podFile());
    crictl.ok("rm", "-f", id);
    crictl.ok("rmp", "-a", "-f");
    assertThat(crictl.ok("ps", "-a", "-q")).isEmpty();
    assertThat(crictl.ok("pods", "-q")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void exec(String transport) throws Exception {
    String id = run(NODE.pod(), shell("c", "sleep 1000"));
    Command both =
        crictl.run("exec", "-r", transport, id, "sh", "-c", "echo out; echo err >&2; exit 7");
    assertThat(both.stdout()).isEqualTo("out\n");
    assertThat(both.stderr()).startsWith("err\n").contains("exit code 7");
    assertThat(both.exit()).isNotZero();
    try (Crictl.Running piped = crictl.start("exec", "-i", "-r", transport, id, "cat")) {
      piped.send("through\n");
      piped.awaitText("through\n");
      piped.process().getOutputStream().close();
      assertThat(piped.awaitExit()).as(piped.text()).isZero();
    }
    try (Crictl.Running terminal =
        crictl.startOnTerminal("exec", "-i", "-t", "-r", transport, id, "sh")) {
      terminal.send("tty\n");
      terminal.awaitText("/dev/pts/0");
      terminal.send("exit\n");
      terminal.awaitExit();
    }
  }

  @Test
  void execSync() throws Exception {
    String id = run(NODE.pod(), shell("c", "sleep 1000"));
    assertThat(crictl.ok("exec", "-s", id, "echo", "synchronous")).isEqualTo("synchronous");
    Command failed = crictl.run("exec", "-s", id, "sh", "-c", "echo why >&2; exit 3");
    assertThat(failed.exit()).isNotZero();
    assertThat(failed.stderr()).contains("why", "3");
    Command late = crictl.run("exec", "-s", "--timeout", "1", id, "sleep", "30");
    assertThat(late.stderr()).contains("DeadlineExceeded");
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void attach(String transport) throws Exception {
    String script = "while read line; do echo heard $line; done; echo over";
    String id = run(NODE.pod(), shell("c", script).setStdin(true).setStdinOnce(true));
    try (Crictl.Running attached = crictl.start("attach", "-i", "-r", transport, id)) {
      attached.send("this\n");
      attached.awaitText("heard this\n");
      attached.process().getOutputStream().close();
      attached.awaitText("over\n");
      attached.awaitExit();
    }
    assertThat(NODE.awaitExit(id).getExitCode()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void portForward(String transport) throws Exception {
    Workload pod = NODE.pod();
    String id = run(pod, shell("c", "nc -ll -p 81 -e echo served"));
    await().untilAsserted(() -> assertThat(NODE.output(id, "netstat -ltn")).contains(":81 "));
    try (Crictl.Running forward =
        crictl.start("port-forward", "-r", transport, pod.podId(), ":81")) {
      Pattern words = Pattern.compile("Forwarding from 127.0.0.1:([0-9]+) -> 81");
      await().until(() -> words.matcher(forward.text()).find());
      Matcher where = words.matcher(forward.text());
      assertThat(where.find()).isTrue();
      for (int i = 0; i < 3; i++) {
        int port = Integer.parseInt(where.group(1));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
          socket.setSoTimeout(10_000);
          byte[] served = socket.getInputStream().readAllBytes();
          assertThat(new String(served, UTF_8)).isEqualTo("served\n");
        }
      }
    }
  }

  @Test
  void logs() throws Exception {
    String id =
        run(NODE.pod(), shell("c", "echo one; echo two >&2; read go; echo three").setStdin(true));
    await().untilAsserted(() -> assertThat(crictl.run("logs", id).stdout()).isEqualTo("one\n"));
    assertThat(crictl.run("logs", id).stderr()).contains("two\n");
    assertThat(crictl.run("logs", "--tail", "1", id).stdout()).isEmpty();
    assertThat(crictl.run("logs", "--since", "1h", id).stdout()).isEqualTo("one\n");
    assertThat(crictl.run("logs", "--since", "2100-01-01T00:00:00Z", id).stdout()).isEmpty();
    assertThat(crictl.run("logs", "--timestamps", id).stdout())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\S+Z one\n");
    assertThat(crictl.run("logs", "--limit-bytes", "2", id).stdout()).isEqualTo("on");
    Path log = Path.of(NODE.status(id).getLogPath());
    Path rotated = Path.of(log + ".1");
    Files.move(log, rotated);
    crictl.ok("logs", "-r", id);
    assertThat(log).isEmptyFile();
    try (Crictl.Running follow = crictl.start("logs", "-f", id);
        Crictl.Running attached = crictl.start("attach", "-i", id)) {
      attached.send("go\n");
      follow.awaitText("three\n");
      follow.awaitExit();
    }
    assertThat(rotated).content().contains("one").doesNotContain("three");
  }

  @Test
  void stats() throws Exception {
    Workload pod = NODE.pod();
    String id = run(pod, shell("c", "sleep 1000"));
    JsonNode container = crictl.json("stats", "-o", "json", "--id", id).path("stats").path(0);
    assertThat(container.path("memory").path("workingSetBytes").path("value").asLong())
        .isPositive();
    assertThat(crictl.ok("stats", id)).contains(id.substring(0, 13));
    JsonNode ofPod = crictl.json("statsp", "-o", "json", "--id", pod.podId()).path("stats").path(0);
    assertThat(ofPod.path("attributes").path("id").asText()).isEqualTo(pod.podId());
    assertThat(ofPod.path("linux").path("cpu").path("usageCoreNanoSeconds").path("value").asLong())
        .isPositive();
  }

  @Test
  void metrics() throws Exception {
    Workload pod = NODE.pod();
    run(pod, shell("c", "sleep 1000"));
    assertThat(crictl.ok("metricdescs")).contains("container_cpu_usage_seconds_total");
    assertThat(crictl.ok("metricsp")).contains(pod.podId(), "container_memory_usage_bytes");
  }

  @Test
  void events() throws Exception {
    try (Crictl.Running events = crictl.start("events")) {
      // The subscription has no answer of its own: pods are made until one is heard of.
      await()
          .untilAsserted(() -> {
            NODE.pod();
            assertThat(events.text()).contains("CONTAINER_CREATED_EVENT");
          });
      String id = run(NODE.pod(), shell("c", "exit 0"));
      NODE.awaitExit(id);
      NODE.remove(id);
      Pattern order =
          Pattern.compile(
              "%1$s.*CONTAINER_CREATED_EVENT.*%1$s.*CONTAINER_STARTED_EVENT.*%1$s.*CONTAINER_STOPPED_EVENT.*%1$s.*CONTAINER_DELETED_EVENT"
                  .formatted(id),
              Pattern.DOTALL);
      await().untilAsserted(() -> assertThat(events.text()).containsPattern(order));
    }
  }

  @Test
  void images() throws Exception {
    assertThat(crictl.ok("pull", "--creds", "user:secret", OTHER)).contains("Image is up to date");
    assertThat(crictl.ok("images")).contains("test-image-1");
    assertThat(crictl.ok("images", "-q", BUSYBOX)).isNotEmpty();
    JsonNode image = crictl.json("inspecti", OTHER);
    assertThat(image.path("status").path("repoTags").toString()).contains(OTHER);
    JsonNode usage = crictl.json("imagefsinfo").path("status").path("imageFilesystems").path(0);
    assertThat(usage.path("usedBytes").path("value").asLong()).isPositive();
    crictl.ok("rmi", OTHER);
    assertThat(crictl.run("inspecti", OTHER).exit()).isNotZero();
    crictl.ok("pull", OTHER);
    run(NODE.pod(), shell("c", "sleep 1000"));
    crictl.ok("rmi", "--prune");
    assertThat(crictl.run("inspecti", OTHER).exit()).isNotZero();
    assertThat(crictl.ok("inspecti", BUSYBOX)).contains("busybox");
    NODE.node().removePods();
    crictl.ok("rmi", "-a");
    assertThat(crictl.ok("images", "-q")).isEmpty();
    NODE.node().pull(BUSYBOX);
  }

  @Test
  void checkpoint() throws Exception {
    String id = run(NODE.pod(), shell("c", "sleep 1000"));
    Path archive = NODE.node().settings().dir().resolve("checkpoint.tar");
    Command made = crictl.run("checkpoint", "--export", archive.toString(), id);
    if (made.exit() == 0) {
      assertThat(archive).isNotEmptyFile();
    } else {
      assertThat(made.stderr()).containsAnyOf("FailedPrecondition", "Unimplemented");
      assertThat(archive).doesNotExist();
    }
    assertThat(crictl.ok("exec", "-s", id, "echo", "unharmed")).isEqualTo("unharmed");
    Files.deleteIfExists(archive);
  }

  @Test
  void unknownThingsAreNamedAndHarmNothing() throws Exception {
    assertThat(crictl.run("inspect", "nobody").stderr()).contains("NotFound", "nobody");
    assertThat(crictl.run("inspectp", "nobody").stderr()).contains("NotFound", "nobody");
    assertThat(crictl.run("exec", "nobody", "true").stderr()).contains("NotFound", "nobody");
    assertThat(crictl.run("pull", "docker.io/library/none:such").stderr()).contains("none:such");
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void noCommandIsLeftOut() throws Exception {
    Set<String> commands = new TreeSet<>();
    boolean inside = false;
    for (String line : crictl.run("help").stdout().split("\n", -1)) {
      inside = line.equals("COMMANDS:") || (inside && !line.isBlank());
      if (inside && line.startsWith("   ")) {
        commands.add(line.strip().split("[ ,]", -1)[0]);
      }
    }
    commands.remove("help");
    assertThat(commands).contains("runp", "exec", "port-forward");
    assertThat(crictl.driven()).containsAll(commands);
  }
}
