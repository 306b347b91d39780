package dev.carafe.runtime.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals to cgroups, the kill of the rest, and OOM kills, on the kernel's own cgroups. */
@ExtendWith(ShimExtension.class)
@Timeout(60)
class ShimCgroupIT {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final String NAME = "carafe-test-shim-" + ProcessHandle.current().pid();

  private final List<Path> made = new ArrayList<>();
  private final ShimFixture shim;

  ShimCgroupIT(ShimFixture shim) {
    this.shim = shim;
  }

  @AfterEach
  void end() throws Exception {
    shim.stop();
    for (Path dir : made.reversed()) {
      await("removal of " + dir)
          .ignoreExceptions()
          .until(() -> {
            Files.deleteIfExists(dir);
            return true;
          });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"freezer", "unified"})
  void whatIsLeftDiesBeforeTheExitIsTold(String hierarchy) throws Exception {
    Path dir = cgroup(hierarchy);
    Path below = Files.createDirectory(dir.resolve("below"));
    made.add(below);
    Path pids = shim.path("pids");
    String script =
        "echo $$ > %1$s/cgroup.procs; (setsid sleep 61 & echo $! >> %3$s); (sh -c 'echo $$ > %2$s/cgroup.procs; exec sleep 62' & echo $! >> %3$s); sleep 0.2; exit 3"
            .formatted(dir, below, pids);
    shim.client.start(request("c1", script, dir, null, true));
    assertThat(shim.awaitExit("c1").exitCode()).isEqualTo(3);
    assertThat(Files.readAllLines(pids)).hasSize(2);
    assertThat(Files.readString(dir.resolve("cgroup.procs"))).isEmpty();
    assertThat(Files.readString(below.resolve("cgroup.procs"))).isEmpty();
    if (hierarchy.equals("freezer")) {
      assertThat(Files.readString(dir.resolve("freezer.state")).strip()).isEqualTo("THAWED");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"freezer", "unified"})
  void aSignalToAllReachesEverybody(String hierarchy) throws Exception {
    Path dir = cgroup(hierarchy);
    String script =
        "echo $$ > %s/cgroup.procs; (trap 'echo child; exit' TERM; echo up; while :; do sleep 0.05; done) & trap 'wait; echo parent; exit 5' TERM; echo up; while :; do sleep 0.05; done"
            .formatted(dir);
    shim.client.start(request("c1", script, dir, null, false));
    await().until(() -> shim.log("c1").lines().filter(l -> l.endsWith(" up")).count() == 2);
    shim.client.signal("c1", 15, true);
    assertThat(shim.awaitExit("c1").exitCode()).isEqualTo(5);
    assertThat(shim.log("c1")).contains(" child\n").contains(" parent\n");

    shim.client.start(
        request("c2", "echo $$ > " + dir + "/cgroup.procs; echo up; sleep 60", dir, null, false));
    await().until(() -> shim.log("c2").contains("up"));
    shim.client.signal("c2", 9, true);
    assertThat(shim.awaitExit("c2").exitCode()).isEqualTo(137);
    await().until(() -> Files.readString(dir.resolve("cgroup.procs")).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "memory,  memory.limit_in_bytes, memory.oom_control",
    "unified, memory.max,            memory.events"
  })
  void oomKillsAreCounted(String hierarchy, String limit, String events) throws Exception {
    assumeMemory(hierarchy);
    Path dir = cgroup(hierarchy);
    Files.writeString(dir.resolve(limit), "16777216");
    String eat = "dd if=/dev/zero of=/dev/null bs=64M count=1";
    String script =
        "echo $$ > %s/cgroup.procs; %s; echo after; read x; %s".formatted(dir, eat, eat);
    shim.client.start(request("c1", script, null, dir.resolve(events), false));
    await("the event comes while the container lives")
        .until(() ->
            shim.events.stream()
                .anyMatch(e -> e instanceof ShimEvent.OomKilled(String id) && id.equals("c1")));
    assertThat(shim.client.list().getFirst().oomKills()).isEqualTo(1);
    try (AttachStream stream = shim.client.attach("c1", true, false, false)) {
      stream.writeStdin(new byte[] {'\n'}, 0, 1);
      assertThat(shim.awaitExit("c1").oomKills()).isEqualTo(2);
    }
    assertThat(Files.readString(shim.path("c1.exit"))).contains("\"oomKills\":2");
    assertThat(shim.events.stream().filter(ShimEvent.OomKilled.class::isInstance)).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({"memory, memory.oom_control", "unified, memory.events"})
  void theCounterStaysWhenItsCgroupVanishes(String hierarchy, String events) throws Exception {
    assumeMemory(hierarchy);
    Path dir = Files.createDirectory(hierarchy(hierarchy).resolve(NAME));
    shim.client.start(request("c1", "exec sleep 60", null, dir.resolve(events), false));
    Files.delete(dir);
    shim.client.signal("c1", 9, false);
    assertThat(shim.awaitExit("c1").oomKills()).isZero();
  }

  @Test
  void theLauncherIsBornInACgroup() throws Exception {
    Path dir = cgroup("unified");
    byte[] plan =
        Plans.plan(
            Plans.op(5, new WireWriter().str(dir.toString())),
            Plans.op(47),
            Plans.exec("/bin/sh", "-c", "cat /proc/self/cgroup"));
    shim.start("c1", plan);
    shim.awaitExit("c1");
    assertThat(shim.log("c1")).contains("0::/" + NAME + "\n");
    assertThatStartFailsIn(dir.resolve("missing"));
  }

  private void assertThatStartFailsIn(Path dir) {
    byte[] plan =
        Plans.plan(Plans.op(5, new WireWriter().str(dir.toString())), Plans.exec("/bin/true"));
    assertThatThrownBy(() -> shim.start("c2", plan))
        .isInstanceOfSatisfying(
            ShimException.class,
            e -> {
              assertThat(e.errno()).isEqualTo(2);
              assertThat(e.planIndex()).isZero();
              assertThat(e.opcode()).isEqualTo(5);
            });
  }

  private static void assumeMemory(String hierarchy) throws IOException {
    Path root = hierarchy(hierarchy);
    Path controllers = root.resolve("cgroup.controllers");
    boolean present =
        hierarchy.equals("unified")
            ? Files.exists(controllers) && Files.readString(controllers).contains("memory")
            : Files.exists(root.resolve("memory.oom_control"));
    assumeTrue(present, "SKIP OOM: no memory controller in " + root);
  }

  /** The cgroup2 hierarchy is the only one of a pure v2 machine. */
  private static Path hierarchy(String name) {
    boolean pure = Files.exists(ROOT.resolve("cgroup.controllers"));
    return pure && name.equals("unified") ? ROOT : ROOT.resolve(name);
  }

  private Path cgroup(String hierarchy) throws IOException {
    Path root = hierarchy(hierarchy);
    assumeThat(root.resolve("cgroup.procs")).as("SKIP " + hierarchy + ": not mounted").exists();
    Path dir = Files.createDirectory(root.resolve(NAME));
    made.add(dir);
    return dir;
  }

  private LaunchRequest request(
      String id, String script, @Nullable Path dir, @Nullable Path oom, boolean killRest) {
    return new LaunchRequest(
        id,
        ProcessKind.CONTAINER,
        null,
        Plans.shell(script),
        new LaunchRequest.Stdio(false, true, false),
        new LaunchRequest.Log(shim.path(id + ".log"), 0),
        shim.path(id + ".exit"),
        dir == null ? List.of() : List.of(dir),
        oom,
        killRest);
  }
}
