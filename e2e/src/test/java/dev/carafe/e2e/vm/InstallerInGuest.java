package dev.carafe.e2e.vm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.BusyboxImage;
import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.client.Workload;
import dev.carafe.node.host.HostCommands;
import dev.carafe.node.host.HostException;
import dev.carafe.node.host.HostSettings;
import dev.carafe.node.host.Installer;
import dev.carafe.node.host.Mode;
import dev.carafe.node.host.NodeGate;
import dev.carafe.node.host.Uninstaller;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The node manager's installer on a host with a real systemd, the virtual machine's, with the tree
 * of make dist in the system property carafe.tree. The cluster is played, and the kubelet is a unit
 * that only sleeps. One story, told in order.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class InstallerInGuest {
  private static final Duration PATIENCE = Duration.ofMinutes(15);
  private static final Path RECORD = Path.of("/var/lib/carafe-node/install.json");
  private static final Path BUILDS = Path.of("/opt/carafe");
  private static final Path SOCKET = Path.of("/run/carafe/carafe.sock");
  private static final Path KUBELET_DROP_IN =
      Path.of("/etc/systemd/system/kubelet.service.d/20-carafe.conf");
  private static final String IMAGE = "localhost/busybox:installer";
  private static final String KUBELET =
      "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sleep 100000\n";

  @TempDir private static Path directory;
  private static Path first;
  private static Path second;
  private static Path broken;
  private static long podPid;

  /** The cluster's part; notes what it was asked. */
  private static final class PlayedGate implements NodeGate {
    private final List<String> asked = new ArrayList<>();
    private final boolean kubeletComes;
    private final Duration drainTakes;

    PlayedGate(boolean kubeletComes, Duration drainTakes) {
      this.kubeletComes = kubeletComes;
      this.drainTakes = drainTakes;
    }

    @Override
    public void close(String build) {
      asked.add("close");
    }

    @Override
    public void drain(Duration patience) throws InterruptedException {
      asked.add("drain");
      Thread.sleep(drainTakes);
    }

    @Override
    public void awaitReady(Duration patience) throws HostException {
      asked.add("ready?");
      if (!kubeletComes) {
        throw new HostException("after 1 s the node is not ready");
      }
    }

    @Override
    public void open(String build) {
      asked.add("open");
    }

    @Override
    public void failed(String build, String message) {
      asked.add("failed");
    }

    @Override
    public void gone() {
      asked.add("gone");
    }
  }

  @BeforeAll
  static void prepare() throws Exception {
    first = Path.of(System.getProperty("carafe.tree"));
    second = variant("second", "true");
    broken = variant("broken", "printf '#!/bin/sh\\nexit 1\\n' >bin/carafed");
    // The root's own upper layer cannot hold those of containers.
    Path lib = Files.createDirectories(directory.resolve("lib"));
    Files.createDirectories(Path.of("/var/lib/carafe"));
    run("mount", "--bind", lib.toString(), "/var/lib/carafe");
    Files.writeString(Path.of("/etc/systemd/system/kubelet.service"), KUBELET);
    // There is no journal in the guest.
    Files.writeString(
        Files.createDirectories(Path.of("/etc/systemd/system/carafe.service.d"))
            .resolve("log.conf"),
        "[Service]\nStandardOutput=append:%1$s\nStandardError=append:%1$s\n"
            .formatted(directory.resolve("log")));
    run("systemctl", "daemon-reload");
    run("systemctl", "start", "kubelet.service");
  }

  /** The same tree with another build's name, changed by a script. */
  private static Path variant(String name, String script) throws Exception {
    Path base = Files.createDirectories(directory.resolve(name));
    for (String part : List.of("upper", "work", "tree")) {
      Files.createDirectory(base.resolve(part));
    }
    run(
        "mount",
        "-t",
        "overlay",
        "overlay",
        "-o",
        "lowerdir=%s,upperdir=%s/upper,workdir=%s/work".formatted(first, base, base),
        base.resolve("tree").toString());
    run("sh", "-c", "cd %s/tree && echo %s >share/build && %s".formatted(base, name, script));
    return base.resolve("tree");
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Command done = Command.run(command);
    assertThat(done.exit()).as(String.join(" ", command) + ": " + done).isZero();
    return done.stdout().strip();
  }

  private static HostSettings host(Path tree, Mode mode) {
    return new HostSettings(Path.of("/"), List.of(), tree, null, mode, "", PATIENCE);
  }

  private static HostCommands commands() {
    return new HostCommands(List.of(), PATIENCE);
  }

  private static boolean install(Path tree, Mode mode, NodeGate gate) throws Exception {
    return new Installer(host(tree, mode), commands(), gate, endpoint -> {}, true).install();
  }

  private static PlayedGate good() {
    return new PlayedGate(true, Duration.ZERO);
  }

  private static String build(Path tree) throws IOException {
    return Files.readString(tree.resolve("share/build")).strip();
  }

  private static JsonNode record() throws IOException {
    return new ObjectMapper().readTree(RECORD.toFile());
  }

  private static String current() throws IOException {
    return Files.readSymbolicLink(BUILDS.resolve("current")).toString();
  }

  private static List<String> builds() throws IOException {
    try (Stream<Path> entries = Files.list(BUILDS)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  /** A property of a unit, as systemd has it. */
  private static String property(String unit, String name) throws Exception {
    return run("systemctl", "show", "--value", "--property=" + name, unit);
  }

  /** What the unit is at, and what its programs said. */
  private static String told() throws Exception {
    return record()
        + "\n"
        + run(
            "systemctl",
            "show",
            "--property=ActiveState,SubState,Result,NRestarts,MainPID,Job",
            "carafe.service")
        + "\n"
        + Files.readString(directory.resolve("log"));
  }

  private static boolean alive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  @Test
  @Order(1)
  void besideIsAUnitThatTheNextBootForgets() throws Exception {
    PlayedGate gate = good();
    assertThat(install(first, Mode.BESIDE, gate)).isTrue();

    assertThat(gate.asked).containsExactly("close", "open");
    assertThat(current()).isEqualTo(build(first));
    assertThat(property("carafe.service", "FragmentPath"))
        .isEqualTo("/run/systemd/system/carafe.service");
    assertThat(property("carafe.service", "ActiveState")).isEqualTo("active");
    assertThat(property("carafe.service", "Delegate")).isEqualTo("yes");
    assertThat(property("kubelet.service", "Environment")).isEmpty();
    assertThat(Files.exists(KUBELET_DROP_IN)).isFalse();
  }

  @Test
  @Order(2)
  void podsOutliveTheUnitsRestartAndEndAndItsRemoval() throws Exception {
    Path archive = directory.resolve("busybox.tar");
    BusyboxImage.write(archive, IMAGE);
    run("/opt/carafe/current/bin/carafe", "image", "import", archive.toString());
    try (CriClient client = CriClient.of(SOCKET, PATIENCE)) {
      Workload pod = Workload.run(client, AgentInGuest.hostNetworkPod("kept", directory, ""));
      String id = pod.create(Workload.container("main", IMAGE, List.of("sleep", "10000")).build());
      pod.start(id);
    }
    podPid =
        Long.parseLong(
            run(
                "sh",
                "-c",
                "for p in /proc/[0-9]*; do [ \"$(tr '\\0' ' ' <$p/cmdline)\" = 'sleep 10000 ' ] &&"
                    + " echo ${p#/proc/}; done; true"));

    run("systemctl", "restart", "carafe.service");
    assertThat(alive(podPid)).as("after a restart").isTrue();
    new Uninstaller(host(first, Mode.BESIDE), commands(), good()).uninstall();

    assertThat(alive(podPid)).as("after the removal").isTrue();
    assertThat(builds()).isEmpty();
    assertThat(property("carafe.service", "LoadState")).isEqualTo("not-found");
    assertThat(RECORD).doesNotExist();
  }

  @Test
  @Order(3)
  void aNodeThatDoesNotBecomeReadyGetsEverythingBack() throws Exception {
    long kubelet = Long.parseLong(property("kubelet.service", "MainPID"));
    PlayedGate gate = new PlayedGate(false, Duration.ZERO);

    assertThatThrownBy(() -> install(first, Mode.REPLACE, gate))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("not ready");

    assertThat(gate.asked).containsExactly("close", "drain", "ready?", "failed");
    assertThat(record().path("outcome").asText()).isEqualTo("FAILED");
    assertThat(Files.exists(KUBELET_DROP_IN)).isFalse();
    assertThat(property("kubelet.service", "Environment")).isEmpty();
    assertThat(Long.parseLong(property("kubelet.service", "MainPID"))).isNotEqualTo(kubelet);
    assertThat(property("carafe.service", "LoadState")).isEqualTo("not-found");
    assertThat(Files.exists(BUILDS.resolve("current"))).isFalse();
    assertThat(alive(podPid)).isTrue();
    Files.delete(RECORD);
  }

  @Test
  @Order(4)
  void replaceIsEnabledAndTheKubeletIsPointedToIt() throws Exception {
    PlayedGate gate = good();
    assertThat(install(first, Mode.REPLACE, gate)).isTrue();

    assertThat(gate.asked).containsExactly("close", "drain", "ready?", "open");
    assertThat(property("carafe.service", "FragmentPath"))
        .isEqualTo("/etc/systemd/system/carafe.service");
    assertThat(run("systemctl", "is-enabled", "carafe.service")).isEqualTo("enabled");
    assertThat(property("kubelet.service", "Environment"))
        .isEqualTo("KUBELET_EXTRA_ARGS=--container-runtime-endpoint=unix://" + SOCKET);
    assertThat(property("kubelet.service", "ActiveState")).isEqualTo("active");
    assertThat(alive(podPid)).isTrue();
  }

  /** What is killed: an installer in a process of its own, that stays in the middle. */
  public static void main(String[] arguments) throws Exception {
    install(Path.of(arguments[0]), Mode.REPLACE, new PlayedGate(true, Duration.ofMinutes(30)));
  }

  @Test
  @Order(5)
  void anInstallerThatWasKilledGoesOn() throws Exception {
    Process installer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                InstallerInGuest.class.getName(),
                second.toString())
            .redirectErrorStream(true)
            .redirectOutput(new File(directory.toFile(), "killed"))
            .start();
    try {
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofSeconds(1))
          .ignoreExceptions()
          .until(() -> record().path("step").asText().equals("drain"));
    } finally {
      // It has the host's lock.
      installer.destroyForcibly().waitFor();
    }
    assertThat(record().path("outcome").asText()).isEqualTo("RUNNING");

    PlayedGate gate = good();
    assertThat(install(second, Mode.REPLACE, gate)).isTrue();

    assertThat(gate.asked).endsWith("open");
    assertThat(current()).isEqualTo("second");
    assertThat(builds()).containsExactlyInAnyOrder("current", "second", build(first));
    assertThat(record().path("outcome").asText()).isEqualTo("DONE");
    assertThat(alive(podPid)).isTrue();
  }

  @Test
  @Order(6)
  void aBuildThatDoesNotStartLeavesTheOneBeforeInUse() throws Exception {
    PlayedGate gate = good();
    assertThatThrownBy(() -> install(broken, Mode.REPLACE, gate))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("carafe.service");

    assertThat(gate.asked).endsWith("failed");
    assertThat(current()).isEqualTo("second");
    assertThat(property("carafe.service", "ActiveState")).as(told()).isEqualTo("active");
    assertThat(run("/opt/carafe/current/bin/carafe", "status")).contains("RuntimeReady   yes");
    // It is not tried again.
    assertThat(install(broken, Mode.REPLACE, good())).isFalse();
    assertThat(alive(podPid)).isTrue();
  }

  @Test
  @Order(7)
  void uninstalledTheKubeletHasWhatItHad() throws Exception {
    try (CriClient client = CriClient.of(SOCKET, PATIENCE)) {
      client.removePods();
    }
    PlayedGate gate = good();
    new Uninstaller(host(second, Mode.REPLACE), commands(), gate).uninstall();

    assertThat(gate.asked).containsExactly("gone");
    assertThat(builds()).isEmpty();
    assertThat(Files.exists(KUBELET_DROP_IN)).isFalse();
    assertThat(property("kubelet.service", "Environment")).isEmpty();
    assertThat(property("kubelet.service", "ActiveState")).isEqualTo("active");
    assertThat(property("carafe.service", "LoadState")).isEqualTo("not-found");
    assertThat(new String(Files.readAllBytes(Path.of("/etc/carafe/carafe.toml")), UTF_8))
        .contains("[runtime]");
    run("umount", "/var/lib/carafe");
    for (Path tree : List.of(second, broken)) {
      run("umount", tree.toString());
    }
  }
}
