package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hooks of all six kinds: when, where, with which state, and what their failure does. */
class HooksIT {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final List<String> HOST = List.of("prestart", "createRuntime", "createContainer");

  @TempDir Path directory;

  private Carafe carafe = new Carafe(Path.of("/"), "");
  private Path log = Path.of("/");

  @BeforeEach
  void install() throws Exception {
    Carafe.assumePossible();
    carafe = Carafe.install(directory);
    log = directory.resolve("hooks.log");
  }

  @AfterEach
  void clean() throws Exception {
    if (!carafe.program().isEmpty()) {
      carafe.clean("c");
    }
  }

  /** A hook that notes its name, its mount namespace and its state on one line. */
  private void add(ObjectNode config, String point, String file) {
    String script =
        "read -r state; echo \"%s $0 $GREETING $(readlink /proc/self/ns/mnt) $state\" >> %s"
            .formatted(point, file);
    ObjectNode hook = config.withObject("/hooks").withArray(point).addObject();
    hook.put("path", point.equals("startContainer") ? "/bin/sh" : "/bin/busybox");
    hook.putArray("args").add("sh").add("-c").add(script).add("name-of-" + point);
    hook.putArray("env").add("GREETING=hello").add("PATH=/bin:/usr/bin");
  }

  private ObjectNode failing(String point, String script, int timeout) throws Exception {
    ObjectNode config = Carafe.template("c", "sleep", "100");
    ObjectNode hook = config.withObject("/hooks").withArray(point).addObject();
    hook.put("path", point.equals("startContainer") ? "/bin/sh" : "/bin/busybox");
    hook.putArray("args").add("sh").add("-c").add(script);
    if (timeout > 0) {
      hook.put("timeout", timeout);
    }
    return config;
  }

  @Test
  void eachHookRunsAtItsTimeWithItsState() throws Exception {
    ObjectNode config = Carafe.template("c", "sleep", "1000");
    config.withObject("/annotations").put("org.example", "it's");
    for (String point : HOST) {
      add(config, point, log.toString());
    }
    ((ObjectNode) config.path("root")).put("readonly", false);
    add(config, "startContainer", "/inside.log");
    add(config, "poststart", log.toString());
    add(config, "poststop", log.toString());
    carafe.write(config);

    assertThat(carafe.run("create", "c").err()).isEmpty();
    assertThat(Files.readAllLines(log)).hasSize(3);
    assertThat(carafe.run("start", "c").err()).isEmpty();
    assertThat(carafe.run("kill", "c", "KILL").err()).isEmpty();
    assertThat(carafe.run("delete", "-f", "c").err()).isEmpty();

    List<String> lines = Files.readAllLines(log);
    assertThat(lines).hasSize(5);
    List<String> points =
        List.of("prestart", "createRuntime", "createContainer", "poststart", "poststop");
    List<String> statuses = List.of("creating", "creating", "creating", "running", "stopped");
    String ours = Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString();
    for (int i = 0; i < points.size(); i++) {
      String[] fields = lines.get(i).split(" ", 5);
      assertThat(fields[0]).isEqualTo(points.get(i));
      assertThat(fields[1]).isEqualTo("name-of-" + points.get(i));
      assertThat(fields[2]).isEqualTo("hello");
      assertThat(fields[3].equals(ours)).isEqualTo(!points.get(i).equals("createContainer"));
      check(MAPPER.readTree(fields[4]), statuses.get(i));
    }
    String inside = Files.readString(carafe.bundle().resolve("rootfs/inside.log"));
    check(MAPPER.readTree(inside.split(" ", 5)[4]), "created");
  }

  /** Those of device vendors enter the container's mounts and look for the root by its path. */
  @Test
  void hooksFindTheRootWhereItIs() throws Exception {
    Path rootfs = carafe.bundle().resolve("rootfs");
    Files.createSymbolicLink(rootfs.resolve("bin/ls"), Path.of("busybox"));
    ObjectNode config = Carafe.template("c", "ls", "/entered/here", "/began");
    ((ObjectNode) config.path("root")).put("readonly", false);
    Files.createDirectories(rootfs.resolve("entered"));
    String script =
        "pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/');"
            + " nsenter -m -t $pid mount -t tmpfs t %1$s/entered;"
            + " nsenter -m -t $pid touch %1$s/entered/here";
    hook(config, "createRuntime", script.formatted(rootfs));
    hook(config, "createContainer", "touch ./began");
    carafe.write(config);

    assertThat(carafe.run("run", "c"))
        .isEqualTo(new Carafe.Result(0, "/began\n/entered/here\n", ""));
  }

  private static void hook(ObjectNode config, String point, String script) {
    ObjectNode hook = config.withObject("/hooks").withArray(point).addObject();
    hook.put("path", "/bin/sh").putArray("args").add("sh").add("-c").add(script);
    hook.putArray("env").add("PATH=/bin:/usr/bin");
  }

  private void check(JsonNode state, String status) {
    assertThat(state.path("id").asText()).isEqualTo("c");
    assertThat(state.path("ociVersion").asText()).isEqualTo("1.3.0");
    assertThat(state.path("status").asText()).isEqualTo(status);
    assertThat(state.path("bundle").asText()).isEqualTo(carafe.bundle().toString());
    assertThat(state.path("annotations").path("org.example").asText()).isEqualTo("it's");
    assertThat(state.path("pid").asInt() > 0).isEqualTo(!status.equals("stopped"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"prestart", "createRuntime", "createContainer", "startContainer"})
  void aFailedHookFailsTheStartAndLeavesNothing(String point) throws Exception {
    ObjectNode config = failing(point, "echo because >&2; exit 3", 0);
    add(config, "poststop", log.toString());
    carafe.write(config);

    Carafe.Result result = carafe.run("run", "c");

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .contains("error running " + point + " hook #0: exit status 3, output: because");
    assertThat(directory.resolve("state/c")).doesNotExist();
    assertThat(Files.readString(log)).startsWith("poststop ");
  }

  @Test
  void aFailedPoststartHookEndsTheContainer() throws Exception {
    carafe.write(failing("poststart", "exit 4", 0));
    assertThat(carafe.run("create", "c").code()).isZero();

    Carafe.Result result = carafe.run("start", "c");

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("error running poststart hook #0: exit status 4");
    assertThat(carafe.run("state", "c").out()).contains("\"status\": \"stopped\"");
  }

  @Test
  void aFailedPoststopHookIsAWarning() throws Exception {
    ObjectNode config = failing("poststop", "exit 5", 0);
    add(config, "poststop", log.toString());
    carafe.write(config);
    assertThat(carafe.run("run", "-d", "c").code()).isZero();

    Carafe.Result result = carafe.run("delete", "-f", "c");

    assertThat(result.code()).isZero();
    assertThat(result.err()).contains("level=warning").contains("poststop hook #0: exit status 5");
    assertThat(Files.readString(log)).startsWith("poststop ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"createRuntime", "createContainer"})
  void aHookPastItsTimeIsKilledWithItsChildren(String point) throws Exception {
    carafe.write(failing(point, "sleep 1000 & sleep 1000", 1));

    Carafe.Result result = carafe.run("create", "c");

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .contains("error running " + point + " hook #0: hook ran past specified timeout of 1.0s");
  }

  @Test
  void aHookThatIsNotThereIsNamed() throws Exception {
    ObjectNode config = Carafe.template("c", "true");
    config.withObject("/hooks").withArray("prestart").addObject().put("path", "/no/such/hook");
    carafe.write(config);
    assertThat(carafe.run("run", "c").err())
        .contains(
            "error running prestart hook #0: exit status 127, output: No such file or directory");
  }

  @Test
  void descriptorsArePassedOn() throws Exception {
    carafe.configure(
        "c", "sh", "-c", "cat <&3; cat <&4; echo $LISTEN_FDS $LISTEN_PID; ls /proc/self/fd");
    Files.createSymbolicLink(carafe.bundle().resolve("rootfs/bin/ls"), Path.of("busybox"));
    Path a = Files.writeString(directory.resolve("a"), "first\n");
    Path b = Files.writeString(directory.resolve("b"), "second\n");
    Path script = directory.resolve("activate");
    Files.writeString(
        script,
        "#!/bin/sh\nLISTEN_FDS=1 LISTEN_PID=$$ exec %s --root %s run --preserve-fds 1 c 3<%s 4<%s\n"
            .formatted(carafe.program(), directory.resolve("state"), a, b));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));

    Carafe.Result result = carafe.execute(script.toString(), List.of());

    // 5 is ls's own, on the directory that it lists.
    assertThat(result.out()).isEqualTo("first\nsecond\n1 1\n0\n1\n2\n3\n4\n5\n");
    Carafe.Result refused = carafe.run("run", "--preserve-fds", "50", "c");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("unable to stat preserved-fds");
  }
}
