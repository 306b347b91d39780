package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

/** The command line as callers see it: the built front, a real JVM, real containers. */
class CommandLineIT {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path directory;

  private Carafe carafe = new Carafe(Path.of("/"), "");

  @BeforeEach
  void install() throws Exception {
    Carafe.assumePossible();
    carafe = Carafe.install(directory);
  }

  @AfterEach
  void clean() throws Exception {
    if (!carafe.program().isEmpty()) {
      carafe.clean("c");
    }
  }

  private String status() throws Exception {
    Carafe.Result state = carafe.run("state", "c");
    assertThat(state.code()).as(state.err()).isZero();
    return MAPPER.readTree(state.out()).path("status").asText();
  }

  private static void check(Carafe.Result result, int code, String phrase) {
    assertThat(result.err()).contains(phrase);
    assertThat(result.code()).isEqualTo(code);
  }

  /** By a shell, for this JVM's own locale may know no such name. */
  @Test
  void aNameThatIsNotAsciiIsFoundInEveryLocale() throws Exception {
    carafe.configure("c", "echo", "found");
    String script =
        "d=$PWD/$(printf 'b\\303\\274ndel') && mkdir \"$d\" && cp -a config.json rootfs \"$d\""
            + " && cd / && LC_ALL=$0 \"$1\" --root \"$2\" run --bundle \"$d\" c"
            + " && rm -r \"$d\"";
    for (String locale : List.of("C", "none.such")) {
      String state = directory.resolve("state").toString();
      assertThat(carafe.execute("/bin/sh", List.of("-c", script, locale, carafe.program(), state)))
          .isEqualTo(new Carafe.Result(0, "found\n", ""));
    }
  }

  @Test
  void aContainersLife() throws Exception {
    carafe.configure("c", "sleep", "1000");
    Path pidFile = directory.resolve("pid");

    check(carafe.run("create", "--pid-file", pidFile.toString(), "c"), 0, "");
    JsonNode state = MAPPER.readTree(carafe.run("state", "c").out());
    assertThat(state.path("status").asText()).isEqualTo("created");
    assertThat(pidFile).hasContent(state.path("pid").asText());
    assertThat(Files.readString(pidFile)).doesNotContain("\n");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("state/c"))))
        .isEqualTo("rwx--x--x");
    check(carafe.run("create", "c"), 1, "container with given ID already exists");
    check(carafe.run("start", "c"), 0, "");
    assertThat(status()).isEqualTo("running");
    check(carafe.run("start", "c"), 1, "cannot start an already running container");
    check(carafe.run("delete", "c"), 1, "cannot delete container c that is not stopped: running");
    assertThat(carafe.run("list").out()).startsWith("ID  ").contains("running");
    assertThat(
            MAPPER.readTree(carafe.run("list", "-f", "json").out()).get(0).path("owner").asText())
        .isEqualTo("root");
    check(carafe.run("kill", "c", "KILL"), 0, "");
    await().untilAsserted(() -> assertThat(status()).isEqualTo("stopped"));
    check(carafe.run("kill", "c", "KILL"), 1, "container not running");
    check(carafe.run("start", "c"), 1, "cannot start a container that has stopped");
    check(carafe.run("exec", "c", "true"), 255, "cannot exec in a stopped container");
    check(carafe.run("delete", "c"), 0, "");
    check(carafe.run("state", "c"), 1, "container does not exist");
    assertThat(carafe.run("list", "-f", "json").out()).isEqualTo("null");
    assertThat(directory.resolve("state/c")).doesNotExist();
  }

  @Test
  void aForegroundRunExitsAsItsProgram() throws Exception {
    carafe.configure("c", "sh", "-c", "echo out; echo err >&2; exit 7");
    Carafe.Result seven = carafe.run("run", "c");
    assertThat(seven).isEqualTo(new Carafe.Result(7, "out\n", "err\n"));
    carafe.configureInHostsPids("c", "sh", "-c", "kill -KILL $$");
    assertThat(carafe.run("run", "c").code()).isEqualTo(137);
    assertThat(directory.resolve("state/c")).doesNotExist();
  }

  @Test
  void aMissingProgramFailsCreateAndRunAndLeavesNothing() throws Exception {
    carafe.configure("c", "nope");
    check(
        carafe.run("run", "c"),
        1,
        "carafe run failed: unable to start container process: exec: \\\"nope\\\": executable file"
            + " not found in $PATH");
    carafe.configure("c", "/nope");
    check(
        carafe.run("create", "c"), 1, "exec: \\\"/nope\\\": stat /nope: no such file or directory");
    assertThat(directory.resolve("state/c")).doesNotExist();
  }

  @Test
  void executedProcesses() throws Exception {
    carafe.configure("c", "sleep", "1000");
    Path pidFile = directory.resolve("pid");
    check(carafe.run("run", "-d", "c"), 0, "");

    Carafe.Result inside =
        carafe.run("exec", "-e", "A=1,2", "-u", "5:6", "c", "sh", "-c", "echo $A; id -u; exit 3");
    assertThat(inside).isEqualTo(new Carafe.Result(3, "1,2\n5\n", ""));
    check(
        carafe.run("exec", "--pid-file", pidFile.toString(), "c", "nope"),
        255,
        "exec failed: unable to start container process: exec: \\\"nope\\\": executable file not"
            + " found in $PATH");
    assertThat(pidFile).doesNotExist();
    Path process = directory.resolve("process.json");
    Files.writeString(
        process, "{\"args\":[\"sleep\",\"999\"],\"cwd\":\"/\",\"env\":[\"PATH=/bin\"]}");
    check(
        carafe.run("exec", "-p", process.toString(), "-d", "--pid-file", pidFile.toString(), "c"),
        0,
        "");
    assertThat(MAPPER.readTree(carafe.run("ps", "-f", "json", "c").out()).toString())
        .contains(Files.readString(pidFile));
    check(carafe.run("pause", "c"), 0, "");
    check(carafe.run("exec", "c", "true"), 255, "cannot exec in a paused container");
    check(carafe.run("resume", "c"), 0, "");
    check(carafe.run("resume", "c"), 1, "container not paused");
    check(carafe.run("update", "--pids-limit", "77", "c"), 0, "");
    JsonNode event = MAPPER.readTree(carafe.run("events", "--stats", "c").out());
    assertThat(event.at("/data/memory/raw").size()).as("rows of memory.stat").isGreaterThan(10);
    assertThat(event.path("data").path("pids").path("limit").asInt()).isEqualTo(77);
    assertThat(event.path("data").path("pids").path("current").asInt()).isEqualTo(2);
    check(carafe.run("delete", "--force", "c"), 0, "");
  }

  /** As a shim of containerd has it that cleans up. */
  @Test
  void homeIsTheUsersInTheContainer() throws Exception {
    Path etc = Files.createDirectories(carafe.bundle().resolve("rootfs/etc"));
    Files.writeString(etc.resolve("passwd"), "root:x:0:0::/root:/bin/sh\nu:x:5:6::/home/u:\n");
    carafe.configure("c", "sh", "-c", "echo $HOME; exec sleep 1000");
    check(carafe.run("run", "-d", "c"), 0, "");
    assertThat(carafe.run("exec", "c", "sh", "-c", "echo $HOME").out()).isEqualTo("/root\n");
    assertThat(carafe.run("exec", "-u", "5", "c", "sh", "-c", "echo $HOME").out())
        .isEqualTo("/home/u\n");
    assertThat(carafe.run("exec", "-u", "7", "c", "sh", "-c", "echo $HOME").out()).isEqualTo("/\n");
    assertThat(carafe.run("exec", "-e", "HOME=/own", "c", "sh", "-c", "echo $HOME").out())
        .isEqualTo("/own\n");
    Files.delete(etc.resolve("passwd"));
    Files.createSymbolicLink(etc.resolve("passwd"), Path.of("/proc/1/root/etc/passwd"));
    assertThat(carafe.run("exec", "c", "sh", "-c", "echo $HOME").out()).isEqualTo("/\n");
    check(carafe.run("delete", "--force", "c"), 0, "");
  }

  @Test
  void aTerminalsLinesEndAsTheProgramEndedThem() throws Exception {
    carafe.configure("c", "sleep", "1000");
    check(carafe.run("run", "-d", "c"), 0, "");
    assertThat(carafe.run("exec", "-t", "c", "sh", "-c", "echo one; echo two").out())
        .isEqualTo("one\ntwo\n");
    check(carafe.run("delete", "--force", "c"), 0, "");
  }

  @Test
  void maskedTwiceIsMaskedOnce() throws Exception {
    Files.createDirectories(carafe.bundle().resolve("rootfs/hidden"));
    ObjectNode config = Carafe.template("c", "cat", "/proc/self/mountinfo");
    ((ObjectNode) config.path("linux")).putArray("maskedPaths").add("/hidden").add("/hidden/");
    carafe.write(config);
    Carafe.Result run = carafe.run("run", "c");
    assertThat(run.out().lines().filter(line -> line.contains(" /hidden "))).hasSize(1);
  }

  @Test
  void anAmbientCapabilityThatIsNotInheritableIsTold() throws Exception {
    ObjectNode config = Carafe.template("c", "sh", "-c", "cat /proc/self/status");
    ObjectNode sets = (ObjectNode) config.at("/process/capabilities");
    sets.putArray("inheritable").add("CAP_KILL");
    sets.putArray("ambient").add("CAP_KILL").add("CAP_CHOWN");
    carafe.write(config);
    Carafe.Result run = carafe.run("run", "c");
    assertThat(run.err()).contains("can't raise ambient capability CAP_CHOWN: ");
    assertThat(run.out()).containsPattern("CapAmb:\\s+0000000000000020");
  }

  /** The namespace belongs to the host's user namespace, and who joins it goes into another. */
  @Test
  void aTimeNamespaceIsJoinedFromAUserNamespace() throws Exception {
    ObjectNode first = Carafe.template("c", "sleep", "1000");
    first.withArray("/linux/namespaces").addObject().put("type", "time");
    first.withObject("/linux/timeOffsets/boottime").put("secs", 7881);
    carafe.write(first);
    check(carafe.run("run", "-d", "c"), 0, "");
    int pid = MAPPER.readTree(carafe.run("state", "c").out()).path("pid").asInt();
    ObjectNode second = Carafe.template("d", "cat", "/proc/self/timens_offsets");
    second.withArray("/linux/namespaces").addObject().put("type", "user");
    for (String mappings : List.of("uidMappings", "gidMappings")) {
      second
          .withArray("/linux/" + mappings)
          .addObject()
          .put("containerID", 0)
          .put("hostID", 100000)
          .put("size", 65536);
    }
    second
        .withArray("/linux/namespaces")
        .addObject()
        .put("type", "time")
        .put("path", "/proc/" + pid + "/ns/time");
    carafe.write(second);
    assertThat(carafe.run("run", "d").out()).containsPattern("boottime\\s+7881\\s+0");
    check(carafe.run("delete", "--force", "c"), 0, "");
  }

  @Test
  void filesMayBeTheCallersDescriptors() throws Exception {
    carafe.configure("c", "sleep", "1000");
    check(carafe.run("run", "-d", "c"), 0, "");
    Path process = directory.resolve("process.json");
    Files.writeString(
        process, "{\"args\":[\"echo\",\"read\"],\"cwd\":\"/\",\"env\":[\"PATH=/bin\"]}");
    assertThat(shell("3<" + process + " %s exec -p /dev/fd/3 c").out()).isEqualTo("read\n");
    assertThat(shell("<" + process + " %s exec -p /dev/stdin c").code()).isZero();
    check(carafe.run("delete", "--force", "c"), 0, "");
  }

  private Carafe.Result shell(String line) throws Exception {
    String program = carafe.program() + " --root " + directory.resolve("state");
    return carafe.execute("/bin/sh", List.of("-c", line.formatted(program)));
  }

  @Test
  void theCallersDirectoryMayBeGone() throws Exception {
    Path script = directory.resolve("gone");
    Files.writeString(
        script,
        "#!/bin/sh\nmkdir %1$s/gone.d && cd %1$s/gone.d && rmdir %1$s/gone.d && exec %2$s --root %1$s/state delete -f nope\n"
            .formatted(directory, carafe.program()));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    check(carafe.execute(script.toString(), List.of()), 0, "");
  }

  @Test
  void aFailuresLogIsJson() throws Exception {
    Path log = directory.resolve("log.json");
    Carafe.Result result =
        carafe.run("--log", log.toString(), "--log-format", "json", "state", "nope");
    check(result, 1, "container does not exist\n");
    JsonNode line = MAPPER.readTree(Files.readString(log));
    assertThat(line.path("level").asText()).isEqualTo("error");
    assertThat(line.path("msg").asText()).isEqualTo("container does not exist");
  }
}
