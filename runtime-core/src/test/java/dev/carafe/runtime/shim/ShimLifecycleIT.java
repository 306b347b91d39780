package dev.carafe.runtime.shim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Start, exit, record, outcome and end of processes and of the shim itself. */
@ExtendWith(ShimExtension.class)
class ShimLifecycleIT {
  private final ShimFixture shim;

  ShimLifecycleIT(ShimFixture shim) {
    this.shim = shim;
  }

  @Test
  void startsAndReportsTheExitWithItsRecordAndLog() throws Exception {
    long before = nanos();
    Started started = shim.start("c1", Plans.shell("echo out; echo err >&2; exit 7"));
    ShimProcess exited = shim.awaitExit("c1");

    assertThat(started.state()).isEqualTo(ProcessState.RUNNING);
    assertThat(started.startedAt()).isBetween(before, nanos());
    assertThat(exited.exitCode()).isEqualTo(7);
    assertThat(exited.pid()).isEqualTo(started.pid());
    assertThat(exited.finishedAt()).isBetween(started.startedAt(), nanos());
    assertThat(Files.readString(shim.path("c1.exit")))
        .isEqualTo(
            "{\"id\":\"c1\",\"pid\":%d,\"startedAt\":%d,\"finishedAt\":%d,\"exitCode\":7,\"signal\":0,\"oomKills\":0}%n"
                .formatted(exited.pid(), exited.startedAt(), exited.finishedAt()));
    String time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z";
    assertThat(shim.log("c1").lines().sorted().map(line -> line.replaceFirst(time, "T")))
        .containsExactlyInAnyOrder("T stdout F out", "T stderr F err");
  }

  @Test
  void listsAndForgets() throws Exception {
    shim.start("c1", Plans.shell("exit 0"));
    shim.start("c2", Plans.shell("exec sleep 60"));
    shim.awaitExit("c1");

    assertThat(shim.client.list())
        .extracting(ShimProcess::id, ShimProcess::state)
        .containsExactlyInAnyOrder(
            tuple("c1", ProcessState.EXITED), tuple("c2", ProcessState.RUNNING));
    assertThatThrownBy(() -> shim.client.forget("c2"))
        .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(16));

    shim.client.forget("c1");
    shim.client.forget("c1");
    assertThat(shim.client.list()).extracting(ShimProcess::id).containsExactly("c2");
    assertThat(shim.path("c1.exit")).doesNotExist();
  }

  @Test
  void aSentAgainStartAnswersTheSame() throws Exception {
    Started first = shim.start("c1", Plans.shell("exec sleep 60"));
    Started again = shim.start("c1", Plans.shell("exec sleep 60"));
    assertThat(again).isEqualTo(first);

    shim.client.signal("c1", 15, false);
    shim.awaitExit("c1");
    Started late = shim.start("c1", Plans.shell("exec sleep 60"));
    assertThat(late).isEqualTo(new Started(first.pid(), first.startedAt(), ProcessState.EXITED));
  }

  @Test
  void aFailedStartIsAnOutcomeUntilForgotten() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> shim.start("c1", Plans.program("/no/such/program")))
          .isInstanceOfSatisfying(
              ShimException.class,
              e -> {
                assertThat(e.errno()).isEqualTo(2);
                assertThat(e.opcode()).isEqualTo(62);
                assertThat(e.planIndex()).isEqualTo(1);
              });
    }
    assertThat(shim.client.list())
        .singleElement()
        .satisfies(p -> {
          assertThat(p.state()).isEqualTo(ProcessState.FAILED);
          assertThat(p.failure()).isNotNull();
          assertThat(ProcessHandle.of(p.pid())).isEmpty();
        });
    shim.client.forget("c1");
    assertThat(shim.start("c1", Plans.shell("exit 0")).pid()).isPositive();
    assertThat(shim.events)
        .noneMatch(
            e -> e instanceof ShimEvent.Exited(ShimProcess p) && p.state() == ProcessState.FAILED);
  }

  @Test
  void aForkedInitIsTheProcess() throws Exception {
    Started started = shim.start("c1", Plans.forked("echo $$; exit 3"));
    assertThat(shim.awaitExit("c1").exitCode()).isEqualTo(3);
    assertThat(shim.log("c1")).endsWith(" stdout F " + started.pid() + "\n");
  }

  @Test
  void anExecJoinsThePidNamespaceOfItsTarget() throws Exception {
    int newPid = 0x20000000;
    byte[] init =
        Plans.plan(
            Plans.op(60, new WireWriter().u32(newPid)),
            Plans.op(47),
            Plans.exec("/bin/sh", "-c", "echo $$; exec sleep 60"));
    Started started = shim.start("c1", init);
    await().until(() -> shim.log("c1").endsWith(" stdout F 1\n"));
    byte[] plan =
        Plans.plan(
            Plans.op(11, new WireWriter().u16(0).u32(newPid)),
            Plans.op(60, new WireWriter().u32(0)),
            Plans.op(47),
            Plans.exec("/bin/sh", "-c", "echo $$; kill -9 1; kill -TERM $$; exec sleep 60"));
    LaunchRequest plain = LaunchRequest.plain("e1", ProcessKind.EXEC, plan);
    LaunchRequest launch =
        new LaunchRequest(
            "e1", plain.kind(), "c1", plan, plain.stdio(), null, null, List.of(), null, false);
    ExecRequest request =
        new ExecRequest(launch, Duration.ofSeconds(20), Duration.ofMillis(500), 0);
    try (ExecStream exec = shim.client.exec(request)) {
      assertThat(exec.started().pid()).isNotEqualTo(started.pid()).isGreaterThan(1);
      assertThat(exec.read())
          .isInstanceOfSatisfying(
              StreamFrame.Stdout.class,
              out ->
                  assertThat(Integer.parseInt(new String(out.bytes(), UTF_8).strip()))
                      .isBetween(2, 9));
      StreamFrame next = exec.read();
      while ((next instanceof StreamFrame.Stdout(byte[] end) && end.length == 0)
          || (next instanceof StreamFrame.Stderr(byte[] ended) && ended.length == 0)) {
        // The end of an output may be seen before the exit.
        next = exec.read();
      }
      assertThat(next)
          .isInstanceOfSatisfying(
              StreamFrame.Exit.class, exit -> assertThat(exit.process().signal()).isEqualTo(15));
    }
    assertThat(shim.client.list()).extracting(ShimProcess::id).containsExactly("c1");
  }

  @Test
  void aStartThatFailsAfterTheForkLeavesNoProcess() throws Exception {
    byte[] plan =
        Plans.plan(
            Plans.op(60, new WireWriter().u32(0x20000000)),
            Plans.op(48, new WireWriter().str("/no/such/directory")),
            Plans.exec("/bin/true"));
    assertThatThrownBy(() -> shim.start("c1", plan))
        .isInstanceOfSatisfying(
            ShimException.class,
            e -> {
              assertThat(e.planIndex()).isEqualTo(1);
              assertThat(e.opcode()).isEqualTo(48);
              assertThat(e.errno()).isEqualTo(2);
            });
    assertThat(ProcessHandle.of(shim.pid).orElseThrow().children()).isEmpty();
  }

  @Test
  void aPodInitRunsUntilItIsTold() throws Exception {
    byte[] plan = Plans.plan(Plans.op(60, new WireWriter().u32(0x20000000)), Plans.op(63));
    Started started = shim.client.start(LaunchRequest.plain("i1", ProcessKind.POD_INIT, plan));
    assertThat(started.state()).isEqualTo(ProcessState.RUNNING);
    shim.client.signal("i1", 15, false);
    shim.awaitExit("i1");
  }

  @Test
  void commandLinesNameNothingOfTheHost() throws Exception {
    byte[] plan = Plans.plan(Plans.op(60, new WireWriter().u32(0x20000000)), Plans.op(63));
    Started init = shim.client.start(LaunchRequest.plain("i1", ProcessKind.POD_INIT, plan));
    Started parked = shim.start("c1", Plans.parked("exit 0"));
    assertThat(words(shim.pid)).containsExactly("carafe-shim", "pod-1");
    assertThat(words(parked.pid())).containsExactly("carafe-shim", "pod-1");
    await("the pod's init has its title").until(() -> words(init.pid()).size() == 1);
    assertThat(words(init.pid())).containsExactly("carafe-pod");
  }

  @Test
  void parksAndGoes() throws Exception {
    Started parked = shim.start("c1", Plans.parked("exit 5"));
    assertThat(parked.state()).isEqualTo(ProcessState.PARKED);
    assertThat(parked.startedAt()).isZero();
    Started going = shim.client.go("c1");
    assertThat(going.pid()).isEqualTo(parked.pid());
    assertThat(going.state()).isEqualTo(ProcessState.RUNNING);
    assertThat(shim.awaitExit("c1").exitCode()).isEqualTo(5);
    assertThat(shim.client.go("c1").state()).isEqualTo(ProcessState.EXITED);
  }

  @Test
  void killedWhileParkedFailsTheGo() throws Exception {
    shim.start("c1", Plans.parked("exit 5"));
    shim.client.signal("c1", 9, false);
    assertThat(shim.awaitExit("c1").state()).isEqualTo(ProcessState.FAILED);
    assertThatThrownBy(() -> shim.client.go("c1"))
        .hasMessageContaining("ended by signal 9 while parked");
  }

  @Test
  void aPreparationAnswersWhenItIsDone() throws Exception {
    LaunchRequest request = LaunchRequest.plain("p1", ProcessKind.PREPARE, Plans.nothing());
    assertThat(shim.client.start(request).state()).isEqualTo(ProcessState.EXITED);
    shim.client.forget("p1");
    assertThat(shim.client.list()).isEmpty();
    assertThat(shim.events).isEmpty();
  }

  @Test
  void reapsAdoptedOrphans() throws Exception {
    shim.start("c1", Plans.shell("(sleep 0.2; exit 9) & echo $!; exit 0"));
    shim.awaitExit("c1");
    String orphan = shim.log("c1").strip().replaceFirst(".* F ", "");
    await("orphan " + orphan + " is reaped").until(() -> !Files.exists(Path.of("/proc", orphan)));
  }

  @Test
  void signalsEndAProcess() throws Exception {
    shim.start("c1", Plans.shell("trap 'exit 12' TERM; echo ready; while :; do sleep 0.05; done"));
    await().until(() -> shim.log("c1").contains("ready"));
    shim.client.signal("c1", 15, false);
    assertThat(shim.awaitExit("c1").exitCode()).isEqualTo(12);
    assertThatThrownBy(() -> shim.client.signal("c1", 15, false))
        .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(3));
  }

  @Test
  void goesWithItsUncommittedAgentOnly() throws Exception {
    Path dir = Files.createDirectory(shim.path("uncommitted"));
    Process agent = new ProcessBuilder("/bin/sleep", "60").start();
    Process first =
        new ProcessBuilder(
                ShimFixture.PROGRAM.toString(),
                "--pod",
                "p",
                "--dir",
                dir.toString(),
                "--agent",
                Long.toString(agent.pid()))
            .inheritIO()
            .start();
    assertThat(first.waitFor()).isZero();
    try (ShimClient client = ShimClient.connect(dir)) {
      int pid = client.hello().pid();
      Started started =
          client.start(
              LaunchRequest.plain("c1", ProcessKind.CONTAINER, Plans.shell("exec sleep 60")));
      agent.destroyForcibly();
      await().until(() -> !alive(pid) && !alive(started.pid()));
    }
    assertThat(dir.resolve("shim.sock")).doesNotExist();
  }

  @Test
  void onlyOneShimADirectory() {
    assertThatThrownBy(() -> new ShimLauncher(ShimFixture.PROGRAM).start("pod-1", shim.dir))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another shim");
  }

  @Test
  void shutdownWaitsForNobodyAndCleansUp() throws Exception {
    shim.start("c1", Plans.shell("exec sleep 60"));
    assertThatThrownBy(() -> shim.client.shutdown())
        .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(16));
    shim.client.signal("c1", 9, false);
    ShimProcess exited = shim.awaitExit("c1");
    assertThat(exited.exitCode()).isEqualTo(137);
    assertThat(exited.signal()).isEqualTo(9);
    shim.client.shutdown();
    await().until(() -> !alive(shim.pid));
    assertThat(shim.dir.resolve("shim.sock")).doesNotExist();
    await().until(() -> shim.lost.size() == 1);
  }

  @Test
  void sigtermWaitsForTheLastProcess() throws Exception {
    shim.start("c1", Plans.shell("exec sleep 60"));
    new ProcessBuilder("/bin/kill", "-TERM", Integer.toString(shim.pid)).start().waitFor();
    assertThat(shim.client.list()).hasSize(1);
    shim.client.signal("c1", 9, false);
    await().until(() -> !alive(shim.pid));
    assertThat(Files.readString(shim.path("c1.exit"))).contains("\"exitCode\":137");
  }

  @Test
  void pidFileAndNameAndSubreaper() throws Exception {
    assertThat(Files.readString(shim.dir.resolve("shim.pid")).strip())
        .isEqualTo(Integer.toString(shim.pid));
    Path proc = Path.of("/proc", Integer.toString(shim.pid));
    assertThat(Files.readString(proc.resolve("comm")).strip()).isEqualTo("carafe-shim");
    assertThat(Files.readSymbolicLink(proc.resolve("exe")).toString()).startsWith("/memfd:");
    List<String> status = Files.readAllLines(proc.resolve("status"));
    assertThat(status).contains("PPid:\t1");
  }

  private static List<String> words(int pid) throws IOException {
    String line = Files.readString(Path.of("/proc", Integer.toString(pid), "cmdline"));
    return Stream.of(line.split("\0")).filter(word -> !word.isEmpty()).toList();
  }

  private static boolean alive(int pid) {
    return ProcessHandle.of(pid).isPresent() && !zombie(pid);
  }

  private static boolean zombie(int pid) {
    try {
      return Files.readString(Path.of("/proc", Integer.toString(pid), "stat")).contains(") Z ");
    } catch (IOException e) {
      return true;
    }
  }

  private static long nanos() {
    Instant now = Instant.now();
    return Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
  }
}
