package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --systemd-cgroup} with a real systemd: the virtual machine's flavour of that name. */
final class SystemdCommandLineIT {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final String SCOPE = "t-c.scope";
  private static final String CGROUP = "/carafeocitest.slice/" + SCOPE;

  @TempDir Path directory;

  private Carafe carafe = new Carafe(Path.of("/"), "");
  private FrontServer server;

  @BeforeEach
  void install() throws Exception {
    Carafe.assumePossible();
    Assumptions.assumeTrue(
        Files.isDirectory(Path.of("/run/systemd/system")),
        "SKIP systemd: it is not process 1 here");
    carafe = Carafe.install(directory);
    // One JVM for all commands: they are slow to start where everything is emulated.
    server = FrontServer.start(socket(), problem -> {});
  }

  @AfterEach
  void clean() throws Exception {
    if (server != null) {
      carafe("delete", "-f", "c");
      server.close();
    }
  }

  private Path socket() {
    return directory.resolve("front.sock");
  }

  private Carafe.Result carafe(String... words) throws Exception {
    List<String> line = new ArrayList<>(List.of("--systemd-cgroup"));
    line.addAll(List.of(words));
    return carafe.withSocket(socket(), line.toArray(String[]::new));
  }

  private ObjectNode config(String... args) throws IOException {
    ObjectNode config = Carafe.template("c", args);
    linux(config).put("cgroupsPath", "carafeocitest.slice:t:c");
    linux(config).withArray("namespaces").addObject().put("type", "cgroup");
    return config;
  }

  private static ObjectNode linux(ObjectNode config) {
    return (ObjectNode) config.path("linux");
  }

  private String property(String name) throws Exception {
    return carafe.execute("/usr/bin/systemctl", List.of("show", "-P", name, SCOPE)).out().strip();
  }

  private int pid() throws Exception {
    return MAPPER.readTree(carafe("state", "c").out()).path("pid").asInt();
  }

  private static String file(String name) throws IOException {
    return Files.readString(CGROUPS.resolve(CGROUP.substring(1)).resolve(name)).strip();
  }

  @Test
  void aScopeLivesAsLongAsItsContainer() throws Exception {
    ObjectNode config = config("sleep", "1000");
    linux(config)
        .set(
            "resources",
            MAPPER.readTree(
                """
                {"memory": {"limit": 67108864}, "pids": {"limit": 50},
                 "cpu": {"shares": 1024, "quota": 33333, "period": 100000},
                 "unified": {"memory.high": "33554432"}}\
                """));
    config
        .putObject("annotations")
        .put("org.systemd.property.CollectMode", "'inactive-or-failed'")
        .put("org.systemd.property.TimeoutStopSec", "7")
        .put("org.systemd.property.Documentation", "['man:carafe(8)']");
    carafe.write(config);

    assertThat(carafe("create", "c")).isEqualTo(new Carafe.Result(0, "", ""));
    assertThat(property("ActiveState")).isEqualTo("active");
    assertThat(Path.of("/proc/" + pid() + "/cgroup")).hasContent("0::" + CGROUP);
    assertThat(property("Slice")).isEqualTo("carafeocitest.slice");
    assertThat(property("Delegate")).isEqualTo("yes");
    assertThat(property("MemoryMax")).isEqualTo("67108864");
    assertThat(property("MemoryHigh")).isEqualTo("33554432");
    assertThat(property("TasksMax")).isEqualTo("50");
    assertThat(property("CPUWeight")).isEqualTo("100");
    assertThat(property("CPUQuotaPerSecUSec")).isEqualTo("340ms");
    assertThat(property("TimeoutStopUSec")).isEqualTo("7s");
    assertThat(property("CollectMode")).isEqualTo("inactive-or-failed");
    assertThat(property("Documentation")).contains("man:carafe(8)");
    assertThat(file("memory.max")).isEqualTo("67108864");
    assertThat(file("pids.max")).isEqualTo("50");

    assertThat(carafe("start", "c").code()).isZero();
    assertThat(carafe("exec", "c", "cat", "/proc/self/cgroup").out()).isEqualTo("0::/\n");
    assertThat(carafe("exec", "-d", "c", "sleep", "1000").code()).isZero();
    assertThat(file("cgroup.procs").lines()).hasSize(2);

    assertThat(carafe("update", "--memory", "128M", "--pids-limit", "60", "c").err()).isEmpty();
    assertThat(file("memory.max")).isEqualTo("134217728");
    assertThat(property("MemoryMax")).isEqualTo("134217728");
    assertThat(property("TasksMax")).isEqualTo("60");
    // What it is told to write again is what it was told.
    carafe.execute("/usr/bin/systemctl", List.of("daemon-reload"));
    assertThat(file("memory.max")).isEqualTo("134217728");
    assertThat(file("pids.max")).isEqualTo("60");

    assertThat(carafe("pause", "c").code()).isZero();
    assertThat(carafe("state", "c").out()).contains("\"paused\"");
    assertThat(carafe("resume", "c").code()).isZero();
    assertThat(carafe("delete", "c").err()).contains("that is not stopped: running");
    assertThat(carafe("kill", "c", "KILL").code()).isZero();
    await().until(() -> carafe("state", "c").out().contains("stopped"));
    assertThat(carafe("delete", "c")).isEqualTo(new Carafe.Result(0, "", ""));
    assertThat(property("LoadState")).isEqualTo("not-found");
    assertThat(CGROUPS.resolve(CGROUP.substring(1))).doesNotExist();
  }

  @Test
  void inTheForegroundItsCodeIsTheProgramsAndNothingStays() throws Exception {
    carafe.write(config("sh", "-c", "cat /proc/self/cgroup; exit 7"));
    assertThat(carafe("run", "c")).isEqualTo(new Carafe.Result(7, "0::/\n", ""));
    assertThat(property("LoadState")).isEqualTo("not-found");
    carafe.write(config("nope"));
    assertThat(carafe("run", "c").err()).contains("nope");
    assertThat(property("LoadState")).isEqualTo("not-found");
    assertThat(carafe("state", "c").err()).contains("does not exist");
  }

  @Test
  void aScopeThatSystemdRefusesIsNoContainer() throws Exception {
    ObjectNode config = config("sleep", "1000");
    config.putObject("annotations").put("org.systemd.property.NoSuchThing", "true");
    carafe.write(config);
    Carafe.Result refused = carafe("run", "-d", "c");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("cannot start the systemd unit " + SCOPE, "NoSuchThing");
    assertThat(carafe("state", "c").err()).contains("does not exist");

    config = config("true");
    linux(config).put("cgroupsPath", "/a/b");
    carafe.write(config);
    assertThat(carafe("run", "c").err())
        .contains("expected cgroupsPath to be of format \\\"slice:prefix:name\\\"");
  }

  @Test
  void aUnitThatIsASliceHoldsItsContainer() throws Exception {
    ObjectNode config = config("sleep", "1000");
    linux(config).put("cgroupsPath", "carafeocitest.slice::carafeocitest-c.slice");
    carafe.write(config);
    assertThat(carafe("run", "-d", "c").err()).isEmpty();
    assertThat(Path.of("/proc/" + pid() + "/cgroup"))
        .hasContent("0::/carafeocitest.slice/carafeocitest-c.slice");
    assertThat(carafe("delete", "-f", "c").code()).isZero();
    assertThat(CGROUPS.resolve("carafeocitest.slice/carafeocitest-c.slice")).doesNotExist();
  }
}
