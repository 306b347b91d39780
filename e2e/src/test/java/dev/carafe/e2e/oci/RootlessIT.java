package dev.carafe.e2e.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.e2e.Command;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The command line of an ordinary user; Debian's runc does the same where it is installed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RootlessIT {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final Path RUNC = Path.of("/usr/sbin/runc");
  private static final String CGROUP = "/carafe-test-rootless-" + ProcessHandle.current().pid();

  private Path program = Path.of("/");
  private Path bundle = Path.of("/");
  private OrdinaryUser user = new OrdinaryUser("", 0, Path.of("/"));

  @BeforeAll
  void install(@TempDir Path directory) throws Exception {
    RuntimeTree.assumePossible(BUSYBOX);
    assertThat(Command.run("chmod", "755", directory.toString()).exit()).isZero();
    user = OrdinaryUser.create(directory.resolve("home"));
    program = RuntimeTree.installForAnybody(directory.resolve("tree"));
    bundle = user.home().resolve("bundle");
    Path bin = Files.createDirectories(bundle.resolve("rootfs/bin"));
    Files.copy(BUSYBOX, bin.resolve("busybox"));
    for (String name : List.of("sh", "sleep", "id", "cat", "true", "tty", "sed", "grep", "touch")) {
      Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    }
    user.own(user.home());
  }

  @AfterAll
  void removeUser() throws Exception {
    if (!user.name().isEmpty()) {
      user.remove();
    }
  }

  @BeforeEach
  void specify() throws Exception {
    Files.deleteIfExists(bundle.resolve("config.json"));
    assertThat(carafe("spec", "--rootless")).isEqualTo(new Command(0, "", ""));
  }

  @AfterEach
  void delete() throws Exception {
    carafe("delete", "-f", "c");
  }

  private Command carafe(String... words) throws Exception {
    return as(program, words);
  }

  private Command as(Path runtime, String... words) throws Exception {
    List<String> line = new ArrayList<>(List.of(runtime.toString()));
    line.addAll(List.of(words));
    return user.run(bundle, line);
  }

  private void configure(Consumer<ObjectNode> change, String... args) throws IOException {
    Path file = bundle.resolve("config.json");
    ObjectNode config = (ObjectNode) MAPPER.readTree(file.toFile());
    ObjectNode process = (ObjectNode) config.path("process");
    process.put("terminal", false);
    process.set("args", MAPPER.valueToTree(args));
    change.accept(config);
    Files.write(file, MAPPER.writeValueAsBytes(config));
  }

  private static ObjectNode linux(ObjectNode config) {
    return (ObjectNode) config.path("linux");
  }

  private static ObjectNode process(ObjectNode config) {
    return (ObjectNode) config.path("process");
  }

  /** Maps the user's own id on 0, and those of a range on 1 and up. */
  private void mapRange(ObjectNode config, long first) {
    for (String ids : List.of("uidMappings", "gidMappings")) {
      ArrayNode mappings = linux(config).putArray(ids);
      mappings.addObject().put("containerID", 0).put("hostID", user.id()).put("size", 1);
      mappings.addObject().put("containerID", 1).put("hostID", first).put("size", 1000);
    }
  }

  private static void remove(ObjectNode config, String namespace) {
    ArrayNode all = (ArrayNode) config.at("/linux/namespaces");
    for (int i = all.size() - 1; i >= 0; i--) {
      if (all.get(i).path("type").asText().equals(namespace)) {
        all.remove(i);
      }
    }
  }

  /** Runs the bundle, and by runc as well: the same code and the same output. */
  private Command runByBoth() throws Exception {
    Command ours = carafe("run", "c");
    if (Files.isExecutable(RUNC)) {
      Command theirs = as(RUNC, "run", "c");
      assertThat(ours.exit()).as(ours.stderr() + theirs.stderr()).isEqualTo(theirs.exit());
      assertThat(ours.stdout()).isEqualTo(theirs.stdout());
    }
    return ours;
  }

  @Test
  void aContainerHasItsUsersIdAlone() throws Exception {
    configure(
        config -> process(config).put("oomScoreAdj", 300),
        "sh",
        "-c",
        "id -u; sed 's/  */ /g' /proc/self/uid_map; cat /proc/self/setgroups"
            + " /proc/self/oom_score_adj; grep CapEff /proc/self/status; touch /x 2>&1; exit 7");
    assertThat(runByBoth())
        .isEqualTo(
            new Command(
                7,
                "0\n 0 %d 1\ndeny\n300\nCapEff:\t0000000020000420\n".formatted(user.id())
                    + "touch: /x: Read-only file system\n",
                ""));
    assertThat(user.home().resolve("carafe/oci")).isDirectory();
  }

  @Test
  void aContainersLife() throws Exception {
    configure(config -> {}, "sleep", "1000");
    assertThat(carafe("create", "--pid-file", "pid", "c").stderr()).isEmpty();
    assertThat(carafe("state", "c").stdout()).contains("\"created\"");
    assertThat(carafe("exec", "c", "true").stderr()).isEmpty();
    assertThat(carafe("start", "c").stderr()).isEmpty();
    assertThat(carafe("exec", "c", "sh", "-c", "id -u; exit 5"))
        .isEqualTo(new Command(5, "0\n", ""));
    assertThat(carafe("exec", "-g", "5", "c", "id").stderr())
        .contains("cannot set any additional groups in a rootless container");
    String pid = Files.readString(bundle.resolve("pid"));
    assertThat(carafe("ps", "-f", "json", "c").stdout()).isEqualTo("[" + pid + "]\n");
    assertThat(carafe("list").stdout()).contains("running", user.name());
    assertThat(carafe("events", "--stats", "c").stdout()).startsWith("{\"type\":\"stats\"");
    assertThat(carafe("pause", "c").stderr()).contains("cgroups not configured for container");
    assertThat(carafe("update", "--pids-limit", "9", "c").stderr())
        .contains("container could not join or create cgroup");
    assertThat(carafe("kill", "c", "KILL").exit()).isZero();
    await().until(() -> carafe("state", "c").stdout().contains("\"stopped\""));
    assertThat(carafe("delete", "c")).isEqualTo(new Command(0, "", ""));
  }

  @Test
  void aRangeOfIdsIsMappedByPrograms() throws Exception {
    configure(
        config -> {
          mapRange(config, OrdinaryUser.RANGE);
          process(config).putObject("user").put("uid", 5).put("gid", 7);
        },
        "sh",
        "-c",
        "id -u; id -g; cat /proc/self/setgroups; busybox tail -n 1 /proc/self/gid_map");
    assertThat(runByBoth().stdout())
        .startsWith("5\n7\nallow\n")
        .contains(Long.toString(OrdinaryUser.RANGE));

    assertThat(
            user.run(bundle, List.of("env", "PATH=/bin/nowhere", program.toString(), "run", "c"))
                .stderr())
        .contains("newuidmap is not on PATH");
    configure(config -> mapRange(config, 900_000_000), "true");
    assertThat(runByBoth().stderr())
        .contains("newuidmap: uid range [1-1001) -> [900000000-900001000) not allowed");
  }

  @Test
  void whatOnlyRootMayIsRefused() throws Exception {
    Path file = bundle.resolve("config.json");
    byte[] plain = Files.readAllBytes(file);
    refused(config -> remove(config, "user"), "rootless container requires user namespaces");
    Files.write(file, plain);
    refused(
        config -> process(config).withObject("/user").putArray("additionalGids").add(5),
        "cannot set any additional groups in a rootless container");
    Files.write(file, plain);
    refused(
        config -> ((ArrayNode) config.at("/mounts/1/options")).add("uid=5"),
        "cannot specify uid= mount options for unmapped uid in rootless containers");
    Files.write(file, plain);
    refused(
        config -> linux(config).putObject("resources").putObject("pids").put("limit", 20),
        "rootless needs no limits|cannot set pids limit: container could not join or create cgroup");
    Files.write(file, plain);
    refused(
        config -> linux(config).put("cgroupsPath", "/carafe-test-nobodys/c"),
        "unable to apply cgroup configuration: .*ermission denied");
    assertThat(carafe("list", "-q").stdout()).isEmpty();
  }

  @Test
  void whatTakesTheHostsRootIsRefusedWithTheReason() throws Exception {
    configure(
        config -> {
          ((ArrayNode) config.at("/linux/namespaces")).addObject().put("type", "network");
          linux(config).putObject("netDevices").putObject("eth0");
        },
        "true");
    assertThat(carafe("run", "c").stderr())
        .contains("network devices are not supported in rootless containers");
    configure(
        config ->
            ((ArrayNode) config.path("mounts"))
                .addObject()
                .put("destination", "/mapped")
                .put("type", "bind")
                .put("source", "/")
                .putArray("options")
                .add("bind")
                .add("idmap"),
        "true");
    assertThat(carafe("run", "c").stderr())
        .contains("id-mapped mounts are not supported for rootless containers", "/mapped");
    for (String command : List.of("checkpoint", "restore")) {
      Command refusal = carafe(command, "c");
      assertThat(refusal.stderr())
          .contains("checkpoint and restore are not supported for rootless containers");
      assertThat(refusal.exit()).isEqualTo(1);
    }
  }

  private void refused(Consumer<ObjectNode> change, String words) throws Exception {
    configure(change, "true");
    Command refusal = runByBoth();
    assertThat(refusal.stderr()).containsPattern(words);
    assertThat(refusal.exit()).isEqualTo(1);
  }

  @Test
  void cgroupsThatAreTheUsersHaveLimits() throws Exception {
    try {
      Path parent = delegate();
      configure(
          config -> {
            linux(config).put("cgroupsPath", CGROUP + "/c");
            linux(config).putObject("resources").putObject("pids").put("limit", 20);
          },
          "sleep",
          "1000");
      assertThat(inParent(parent, "run", "-d", "c").stderr()).isEmpty();
      Path limit = parent.resolve("c/pids.max");
      assertThat(limit).hasContent("20");
      assertThat(inParent(parent, "update", "--pids-limit", "30", "c").stderr()).isEmpty();
      assertThat(limit).hasContent("30");
      assertThat(inParent(parent, "exec", "c", "true").stderr()).isEmpty();
      assertThat(inParent(parent, "pause", "c").stderr()).isEmpty();
      assertThat(carafe("state", "c").stdout()).contains("\"paused\"");
      assertThat(inParent(parent, "resume", "c").stderr()).isEmpty();
      assertThat(inParent(parent, "delete", "-f", "c").stderr()).isEmpty();
      assertThat(parent.resolve("c")).doesNotExist();
    } finally {
      RuntimeTree.removeCgroups(CGROUP);
    }
  }

  /** Makes cgroups of the user's in every hierarchy: the one with limits of processes. */
  private Path delegate() throws Exception {
    Command made =
        Command.run(
            "sh",
            "-euc",
            """
            cd /sys/fs/cgroup
            if [ -e cgroup.controllers ]; then
              mkdir .$1 .$1/caller
              echo +pids >cgroup.subtree_control
              echo +pids >.$1/cgroup.subtree_control
              chown -R "$2" .$1
              echo "$PWD$1"
            else
              for hierarchy in */; do
                case $hierarchy in unified/) continue ;; esac
                mkdir "$hierarchy$1"
                [ ! -e "$hierarchy/cpuset.cpus" ] || for file in cpuset.cpus cpuset.mems; do
                  cat "$hierarchy/$file" >"$hierarchy$1/$file"
                done
                chown -R "$2" "$hierarchy$1"
              done
              echo "$PWD/pids$1"
            fi
            """,
            "sh",
            CGROUP,
            user.name());
    assertThat(made.exit()).as(made.stderr()).isZero();
    return Path.of(made.stdout().strip());
  }

  /** Runs where the user may move what he starts to: on cgroup v2 that is below his own cgroup. */
  private Command inParent(Path parent, String... words) throws Exception {
    List<String> own = new ArrayList<>(List.of(program.toString()));
    own.addAll(List.of(words));
    String enter = "[ ! -e \"$0\" ] || echo $$ >\"$0\"; exec \"$@\"";
    List<String> line =
        new ArrayList<>(
            List.of("sh", "-c", enter, parent.resolve("caller/cgroup.procs").toString()));
    line.addAll(user.line(bundle, own));
    return Command.run(line.toArray(String[]::new));
  }

  @Test
  void rootOfAUserNamespaceNeedsNoOtherOne() throws Exception {
    configure(
        config -> {
          remove(config, "user");
          linux(config).remove(List.of("uidMappings", "gidMappings"));
        },
        "sh",
        "-c",
        "id -u; sed 's/  */ /g' /proc/self/uid_map; test -c /dev/null && exit 6");
    Command run = user.run(bundle, List.of("unshare", "-Ur", program.toString(), "run", "c"));
    assertThat(run).isEqualTo(new Command(6, "0\n 0 " + user.id() + " 1\n", ""));
  }

  @Test
  void aTerminalGoesToTheSocket() throws Exception {
    configure(config -> process(config).put("terminal", true), "sh", "-c", "test -t 0 && tty");
    Path console = user.home().resolve("console.sock");
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(console));
      user.own(console);
      assertThat(carafe("run", "-d", "--console-socket", console.toString(), "c").stderr())
          .isEmpty();
      assertThat(listener.accept()).isNotNull();
      await().until(() -> carafe("state", "c").stdout().contains("\"stopped\""));
    } finally {
      Files.delete(console);
    }
  }
}
