package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static dev.carafe.e2e.cri.Streams.ALL;
import static dev.carafe.e2e.cri.Streams.OUTPUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carafe.e2e.cri.Streams.Session;
import dev.carafe.e2e.stream.Dialect;
import dev.carafe.e2e.stream.Digest;
import dev.carafe.e2e.stream.ProcessStream;
import dev.carafe.e2e.stream.Sink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * 100 MB through an exec: no byte lost, memory flat when the reader is slow. The slow part takes 6
 * s here, and all of the 100 MB with {@code -Dcarafe.long=true}. Before memory is measured the same
 * went through at full speed, so that the heap's young generation is as large as it gets.
 */
class StreamVolumeIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final Streams STREAMS = Streams.plain(NODE);
  private static final int BYTES = 100_000_000;
  private static final int SLOW = 1_000_000;
  private static final long MAX_GROWTH = 8 << 20;
  private static final int CHUNK = 100_000;
  private static final long SLOW_BYTES = Boolean.getBoolean("carafe.long") ? BYTES : 6 * SLOW;
  private static String container = "";
  private static String sum = "";

  @BeforeAll
  static void start() {
    container = run(NODE.pod(), shell("c", "sleep 10000"));
    String made = "head -c %d /dev/urandom > /tmp/data; sha256sum < /tmp/data".formatted(BYTES);
    String line = NODE.output(container, made);
    sum = line.substring(0, line.indexOf(' '));
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "WEBSOCKET_V5"})
  void fromTheProcess(Dialect dialect) throws Exception {
    Digest received = new Digest();
    try (ProcessStream stream = cat(dialect, received)) {
      assertThat(Streams.exitCode(Streams.end(stream))).isZero();
    }
    assertThat(received.count()).isEqualTo(BYTES);
    assertThat(received.hex()).isEqualTo(sum);
  }

  private static ProcessStream cat(Dialect dialect, Sink to) throws IOException {
    String url = STREAMS.execUrl(container, OUTPUT, "cat", "/tmp/data");
    return STREAMS.open(dialect, url, OUTPUT, to, Sink.nothing());
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "WEBSOCKET_V5"})
  void toTheProcess(Dialect dialect) throws Exception {
    try (Session session = STREAMS.exec(dialect, container, ALL, "sha256sum")) {
      String sent = send(session.stream());
      assertThat(session.exit()).isZero();
      assertThat(session.out().text()).startsWith(sent);
    }
  }

  /** Writes as much as the test is about; gives its checksum. */
  private static String send(ProcessStream stream) throws IOException {
    Random random = new Random(1);
    Digest sent = new Digest();
    byte[] chunk = new byte[CHUNK];
    for (int at = 0; at < BYTES; at += CHUNK) {
      random.nextBytes(chunk);
      sent.data(chunk);
      stream.stdin(chunk);
    }
    stream.endStdin();
    return sent.hex();
  }

  @Test
  void aProcessWaitsForASlowClientInFlatMemory() throws Exception {
    fromTheProcess(Dialect.SPDY_V4);
    Memory before = Memory.now();
    Digest received = new Digest();
    received.pace(SLOW);
    try (ProcessStream stream = cat(Dialect.SPDY_V4, received)) {
      Memory most = watchUntil(before, () -> received.count() >= SLOW_BYTES);
      most.assertWithin(before, "a client that reads 1 MB/s");
      received.pace(0);
      assertThat(Streams.exitCode(Streams.end(stream))).isZero();
    }
    assertThat(received.hex()).isEqualTo(sum);
  }

  @Test
  void aClientWaitsForASlowProcessInFlatMemory() throws Exception {
    toTheProcess(Dialect.WEBSOCKET_V5);
    Memory before = Memory.now();
    long slow = SLOW_BYTES / SLOW;
    String script =
        "i=0; { while [ $i -lt %d ]; do dd bs=%d count=100 2>&-; sleep 1; i=$((i+1)); done; cat; } | sha256sum"
            .formatted(slow, SLOW / 100);
    try (Session session = STREAMS.exec(Dialect.WEBSOCKET_V5, container, ALL, "sh", "-c", script)) {
      FutureTask<String> sender = new FutureTask<>(() -> send(session.stream()));
      long start = System.nanoTime();
      Thread.ofVirtual().start(sender);
      // What lies in buffers at the end would let the sender go a few seconds earlier.
      long watched = TimeUnit.SECONDS.toNanos(slow) / 5 * 4;
      Memory most = watchUntil(before, () -> System.nanoTime() - start > watched);
      most.assertWithin(before, "a process that reads 1 MB/s");
      assertThat(sender.isDone()).isFalse();
      String sent = ((Future<String>) sender).get(60, TimeUnit.SECONDS);
      assertThat(session.exit()).isZero();
      assertThat(session.out().text()).startsWith(sent);
    }
  }

  private static Memory watchUntil(Memory before, Callable<Boolean> over) {
    Memory[] most = {before};
    await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> {
          most[0] = most[0].max(Memory.now());
          return over.call();
        });
    return most[0];
  }

  /** Anonymous memory of agent and shim, bytes. */
  private record Memory(long agent, long shim) {
    static Memory now() throws IOException {
      return new Memory(anonymous(NODE.node().agent().pid()), anonymous(parent()));
    }

    private static long parent() {
      return ProcessHandle.of(NODE.pid(container))
          .flatMap(ProcessHandle::parent)
          .map(ProcessHandle::pid)
          .orElseThrow();
    }

    private static long anonymous(long pid) throws IOException {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("RssAnon:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        }
      }
      throw new IOException("no RssAnon of process " + pid);
    }

    Memory max(Memory other) {
      return new Memory(Math.max(agent, other.agent), Math.max(shim, other.shim));
    }

    void assertWithin(Memory before, String what) {
      System.out.printf(
          "%s: agent %d KiB (+%d), shim %d KiB (+%d)%n",
          what,
          agent / 1024,
          (agent - before.agent) / 1024,
          shim / 1024,
          (shim - before.shim) / 1024);
      assertThat(agent - before.agent).as("growth of the agent").isLessThan(MAX_GROWTH);
      assertThat(shim - before.shim).as("growth of the shim").isLessThan(MAX_GROWTH);
    }
  }
}
