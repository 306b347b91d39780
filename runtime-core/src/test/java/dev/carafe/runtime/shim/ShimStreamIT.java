package dev.carafe.runtime.shim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Exec and attach streams. */
@ExtendWith(ShimExtension.class)
@Timeout(60)
class ShimStreamIT {
  private final ShimFixture shim;

  ShimStreamIT(ShimFixture shim) {
    this.shim = shim;
  }

  @Test
  void execCarriesAllThreeStreamsAndTheExit() throws Exception {
    try (ExecStream exec = exec("e1", "cat; echo err >&2; exit 4", 0, 1000, 0)) {
      assertThat(exec.started().state()).isEqualTo(ProcessState.RUNNING);
      exec.writeStdin("hello\n".getBytes(UTF_8), 0, 6);
      exec.closeStdin();
      Collected all = collect(exec);
      assertThat(all.out.toString(UTF_8)).isEqualTo("hello\n");
      assertThat(all.err.toString(UTF_8)).isEqualTo("err\n");
      assertThat(all.exit().process().exitCode()).isEqualTo(4);
      assertThat(all.exit().timedOut()).isFalse();
    }
    await().until(() -> shim.client.list().isEmpty());
    assertThat(shim.events).isEmpty();
  }

  @Test
  void aFailedExecSaysWhy() {
    LaunchRequest launch =
        LaunchRequest.plain("e1", ProcessKind.EXEC, Plans.program("/no/such/program"));
    ExecRequest request = new ExecRequest(launch, Duration.ZERO, Duration.ZERO, 0);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> shim.client.exec(request))
          .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(2));
    }
  }

  @Test
  void theProcessWaitsForASlowReader() throws Exception {
    Path counter = shim.path("counter");
    String script =
        "i=0; while [ $i -lt 400 ]; do i=$((i+1)); printf '%032768d' 0; echo $i > "
            + counter
            + "; done";
    try (ExecStream exec = exec("e1", script, 0, 1000, 0)) {
      await().until(() -> written(counter) > 0);
      long stalled = settled(counter);
      assertThat(stalled).isBetween(1L, 60L);
      Collected all = collect(exec);
      assertThat(all.out.size()).isEqualTo(400 * 32768);
      assertThat(all.exit().process().exitCode()).isZero();
    }
  }

  @Test
  void outputOverTheCapIsDropped() throws Exception {
    try (ExecStream exec = exec("e1", "seq 1 200000; echo tail >&2", 0, 1000, 1000)) {
      Collected all = collect(exec);
      assertThat(all.out.size()).isEqualTo(1000);
      assertThat(all.err.toString(UTF_8)).isEqualTo("tail\n");
      assertThat(all.exit().process().exitCode()).isZero();
    }
  }

  @Test
  void atTheTimeoutItsSessionAndDescendantsDieAndExitComesAtOnce() throws Exception {
    Path pids = shim.path("pids");
    // One descendant in another session, one orphan in this session; both hold stdout.
    String script =
        "setsid sleep 61 & echo $! >> %1$s; (sleep 62 & echo $! >> %1$s); sleep 63 & echo $! >> %1$s; wait"
            .formatted(pids);
    LaunchRequest launch = LaunchRequest.plain("e1", ProcessKind.EXEC, Plans.session(script));
    long before = System.nanoTime();
    try (ExecStream exec =
        shim.client.exec(
            new ExecRequest(launch, Duration.ofMillis(500), Duration.ofSeconds(30), 0))) {
      Collected all = collect(exec);
      Duration took = Duration.ofNanos(System.nanoTime() - before);
      assertThat(all.exit().timedOut()).isTrue();
      assertThat(all.exit().process().exitCode()).isEqualTo(137);
      assertThat(took).isBetween(Duration.ofMillis(500), Duration.ofMillis(720));
    }
    List<String> children = Files.readAllLines(pids);
    assertThat(children).hasSize(3);
    await().until(() -> children.stream().noneMatch(pid -> Files.exists(Path.of("/proc", pid))));
  }

  @Test
  void aTimeoutAnswersInTimeThoughAnEarlierOrphanHoldsStdout() throws Exception {
    // Double-forked into a session of its own, its parent dead: no longer a descendant when the
    // time-out comes.
    Path pid = shim.path("pid");
    String script =
        "(setsid sh -c 'echo $$ > %s; exec sleep 30' & ) ; exec sleep 60".formatted(pid);
    LaunchRequest launch = LaunchRequest.plain("e1", ProcessKind.EXEC, Plans.session(script));
    long before = System.nanoTime();
    try (ExecStream exec =
        shim.client.exec(
            new ExecRequest(launch, Duration.ofMillis(400), Duration.ofSeconds(30), 0))) {
      assertThat(collect(exec).exit().timedOut()).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofMillis(620));
    } finally {
      killFrom(pid);
    }
  }

  @Test
  void afterItsEndOutputIsDrainedAtMostThisLong() throws Exception {
    Path pid = shim.path("pid");
    String script = "(sleep 0.2; echo late; exec sleep 30) & echo $! > " + pid + "; echo early";
    long before = System.nanoTime();
    try (ExecStream exec = exec("e1", script, 0, 600, 0)) {
      Collected all = collect(exec);
      Duration took = Duration.ofNanos(System.nanoTime() - before);
      assertThat(all.out.toString(UTF_8)).isEqualTo("early\nlate\n");
      assertThat(all.exit().process().exitCode()).isZero();
      assertThat(took).isBetween(Duration.ofMillis(600), Duration.ofSeconds(3));
    } finally {
      killFrom(pid);
    }
  }

  @Test
  void aClientThatHangsUpLeavesTheProcessAlone() throws Exception {
    Path done = shim.path("done");
    exec("e1", "seq 1 100000; sleep 0.1; seq 1 100000; echo ok > " + done, 0, 0, 0).close();
    await().until(() -> Files.exists(done) && shim.client.list().isEmpty());
  }

  @Test
  void killEndsAnExec() throws Exception {
    try (ExecStream exec = exec("e1", "exec sleep 60", 0, 0, 0)) {
      exec.kill(15);
      assertThat(collect(exec).exit().process().signal()).isEqualTo(15);
    }
  }

  @Test
  void manyExecsAtOnceLoseNothing() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<Integer>> all =
          IntStream.range(0, 20)
              .mapToObj(i -> CompletableFuture.supplyAsync(() -> execSize("e" + i), threads))
              .toList();
      for (CompletableFuture<Integer> one : all) {
        assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo(588_895);
      }
    }
  }

  @Test
  void attachSeesOutputWritesStdinAndWorksAgain() throws Exception {
    startWithStdin("c1", "exec cat", false);
    for (String word : List.of("one", "two")) {
      try (AttachStream stream = shim.client.attach("c1", true, true, true)) {
        stream.writeStdin((word + "\n").getBytes(UTF_8), 0, 4);
        assertThat(readText(stream, 4)).isEqualTo(word + "\n");
        stream.closeStdin();
      }
    }
    try (ShimClient restarted = ShimClient.connect(shim.dir);
        AttachStream stream = restarted.attach("c1", true, true, false)) {
      shim.client.close();
      stream.writeStdin("new\n".getBytes(UTF_8), 0, 4);
      assertThat(readText(stream, 4)).isEqualTo("new\n");
      restarted.signal("c1", 9, false);
      assertThat(stream.read()).isNull();
    }
  }

  @Test
  void stdinOnceClosesWithTheFirstClient() throws Exception {
    startWithStdin("c1", "cat; exit 6", true);
    shim.client.attach("c1", true, true, true).close();
    try (AttachStream stream = shim.client.attach("c1", true, true, true)) {
      stream.writeStdin("x\n".getBytes(UTF_8), 0, 2);
      assertThat(readText(stream, 2)).isEqualTo("x\n");
      stream.closeStdin();
      assertThat(shim.awaitExit("c1").exitCode()).isEqualTo(6);
      assertThat(stream.read()).isNull();
    }
  }

  @Test
  void stdinThatNobodyReadsHoldsTheWriterOnly() throws Exception {
    startWithStdin("c1", "read x; echo $x; exec sleep 60", false);
    try (AttachStream stream = shim.client.attach("c1", true, true, true)) {
      byte[] much = new byte[4 * 1024 * 1024];
      Thread writer =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  stream.writeStdin(much, 0, much.length);
                } catch (IOException e) {
                  assertThat(e).isNotNull(); // the end of the test closes the stream
                }
              });
      assertThat(shim.client.list()).hasSize(1);
      try (AttachStream other = shim.client.attach("c1", false, true, false)) {
        shim.client.signal("c1", 9, false);
        assertThat(shim.awaitExit("c1").exitCode()).isEqualTo(137);
        assertThat(other.read()).isNull();
      }
      writer.join(Duration.ofSeconds(10));
    }
  }

  @Test
  void aLaggingClientIsCutOffAndTheContainerRunsOn() throws Exception {
    Path counter = shim.path("done");
    startWithStdin("c1", "seq 1 1000000; echo ok > " + counter + "; exec sleep 60", false);
    try (AttachStream stream = shim.client.attach("c1", false, true, true)) {
      await().atMost(Duration.ofSeconds(20)).until(() -> Files.exists(counter));
      StreamFrame last = stream.read();
      int frames = 0;
      while (last instanceof StreamFrame.Stdout) {
        last = stream.read();
        frames++;
      }
      assertThat(frames).isPositive();
      assertThat(last)
          .isInstanceOfSatisfying(
              StreamFrame.Note.class, n -> assertThat(n.text()).contains("too slowly"));
      assertThat(stream.read()).isNull();
    }
  }

  @Test
  void attachToWhatDoesNotRunIsRefused() throws Exception {
    assertThatThrownBy(() -> shim.client.attach("none", true, true, true))
        .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(2));
    shim.start("c1", Plans.shell("exit 0"));
    shim.awaitExit("c1");
    assertThatThrownBy(() -> shim.client.attach("c1", true, true, true))
        .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(3));
  }

  @Test
  void aTerminalIsReadWrittenAndResized() throws Exception {
    LaunchRequest.Stdio terminal = new LaunchRequest.Stdio(true, true, false);
    byte[] plan =
        Plans.terminal("stty size; while read x; do stty size; echo got $x; done", 30, 100);
    shim.client.start(shim.container("c1", plan, terminal));
    try (AttachStream stream = shim.client.attach("c1", true, true, false)) {
      await().until(() -> shim.log("c1").contains("30 100"));
      shim.client.resize("c1", 40, 120);
      stream.writeStdin("hi\n".getBytes(UTF_8), 0, 3);
      await().until(() -> shim.log("c1").contains("got hi"));
      assertThat(shim.log("c1")).contains("40 120");
      stream.resize(50, 140);
      stream.writeStdin("ho\n".getBytes(UTF_8), 0, 3);
      await().until(() -> shim.log("c1").contains("50 140"));
      stream.writeStdin(new byte[] {4}, 0, 1);
      assertThat(shim.awaitExit("c1").exitCode()).isZero();
    }
    shim.start("c2", Plans.shell("exec sleep 60"));
    assertThatThrownBy(() -> shim.client.resize("c2", 1, 1))
        .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(25));
  }

  @Test
  void anExecHasATerminalToo() throws Exception {
    byte[] plan = Plans.terminal("stty size; read x; stty size; echo got $x; exit 8", 30, 100);
    LaunchRequest.Stdio terminal = new LaunchRequest.Stdio(true, true, false);
    LaunchRequest launch =
        new LaunchRequest(
            "e1", ProcessKind.EXEC, null, plan, terminal, null, null, List.of(), null, false);
    ExecRequest request = new ExecRequest(launch, Duration.ZERO, Duration.ofMillis(500), 0);
    try (ExecStream exec = shim.client.exec(request)) {
      exec.resize(40, 120);
      exec.writeStdin("hi\n".getBytes(UTF_8), 0, 3);
      Collected all = collect(exec);
      assertThat(all.out.toString(UTF_8)).contains("40 120").endsWith("got hi\r\n");
      assertThat(all.exit().process().exitCode()).isEqualTo(8);
    }
  }

  private int execSize(String id) {
    try (ExecStream exec = exec(id, "seq 1 100000", 0, 1000, 0)) {
      return collect(exec).out.size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void startWithStdin(String id, String script, boolean once) throws Exception {
    LaunchRequest.Stdio stdio = new LaunchRequest.Stdio(false, true, once);
    shim.client.start(shim.container(id, Plans.shell(script), stdio));
  }

  private ExecStream exec(String id, String script, int timeoutMs, int drainMs, long cap)
      throws IOException {
    LaunchRequest plain = LaunchRequest.plain(id, ProcessKind.EXEC, Plans.shell(script));
    LaunchRequest launch =
        new LaunchRequest(
            id,
            plain.kind(),
            null,
            plain.plan(),
            new LaunchRequest.Stdio(false, true, false),
            null,
            null,
            List.of(),
            null,
            false);
    return shim.client.exec(
        new ExecRequest(launch, Duration.ofMillis(timeoutMs), Duration.ofMillis(drainMs), cap));
  }

  private static String readText(AttachStream stream, int length) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.length() < length && stream.read() instanceof StreamFrame.Stdout(byte[] bytes)) {
      text.append(new String(bytes, UTF_8));
    }
    return text.toString();
  }

  private static Collected collect(ExecStream exec) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    while (true) {
      switch (exec.read()) {
        case StreamFrame.Stdout(byte[] bytes) -> out.writeBytes(bytes);
        case StreamFrame.Stderr(byte[] bytes) -> err.writeBytes(bytes);
        case StreamFrame.Exit exit -> {
          return new Collected(out, err, exit);
        }
        case StreamFrame.Note(String text) -> throw new IOException(text);
        case null -> throw new IOException("the stream ended without an exit");
      }
    }
  }

  private record Collected(
      ByteArrayOutputStream out, ByteArrayOutputStream err, StreamFrame.Exit exit) {}

  private static long written(Path counter) throws IOException {
    String text = Files.exists(counter) ? Files.readString(counter).strip() : "";
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }

  /** The counter once it has not moved for half a second. */
  private static long settled(Path counter) {
    long[] last = {-1, System.nanoTime()};
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> {
          long now = written(counter);
          if (now != last[0]) {
            last[0] = now;
            last[1] = System.nanoTime();
          }
          return System.nanoTime() - last[1] > 500_000_000L;
        });
    return last[0];
  }

  private static void killFrom(@Nullable Path pidFile) throws IOException {
    if (pidFile != null && Files.exists(pidFile)) {
      ProcessHandle.of(Long.parseLong(Files.readString(pidFile).strip()))
          .ifPresent(ProcessHandle::destroyForcibly);
    }
  }
}
