package dev.carafe.runtime.shim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a shim does on the host: programs, counters of a network namespace, forwarded ports. */
@ExtendWith(ShimExtension.class)
@Timeout(60)
class ShimHostIT {
  private static final List<String> ENV = List.of("PATH=/usr/bin:/bin", "KEY=value");

  private final ShimFixture shim;

  ShimHostIT(ShimFixture shim) {
    this.shim = shim;
  }

  @Test
  void runsAProgramWithInputOutputAndResult() throws Exception {
    Path result = shim.path("result.json");
    RunResult ran = shim.client.run(script("cat; echo $KEY >&2; exit 3", 10_000, 65536, result));
    assertThat(ran.exitCode()).isEqualTo(3);
    assertThat(ran.timedOut()).isFalse();
    assertThat(new String(ran.stdout(), UTF_8)).isEqualTo("{\"in\":1}");
    assertThat(new String(ran.stderr(), UTF_8)).isEqualTo("value\n");
    assertThat(result).hasContent("{\"in\":1}");
  }

  @Test
  void killsTheGroupAtTheTimeout() throws Exception {
    Path pid = shim.path("pid");
    long before = System.nanoTime();
    RunResult ran =
        shim.client.run(script("sleep 60 & echo $! > " + pid + "; wait", 300, 65536, null));
    assertThat(ran.timedOut()).isTrue();
    assertThat(ran.exitCode()).isEqualTo(137);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
    String child = Files.readString(pid).strip();
    await().until(() -> !Files.exists(Path.of("/proc", child)));
  }

  @Test
  void outputIsBounded() throws Exception {
    RunResult ran = shim.client.run(script("seq 1 100000", 10_000, 5000, null));
    assertThat(ran.stdout()).hasSize(5000);
    assertThat(ran.exitCode()).isZero();
  }

  @Test
  void aProgramThatIsMissingSaysSo() throws Exception {
    RunRequest request =
        new RunRequest(
            List.of("/no/such/plugin"), ENV, new byte[0], Duration.ofSeconds(5), 4096, null);
    RunResult ran = shim.client.run(request);
    assertThat(ran.exitCode()).isEqualTo(127);
    assertThat(new String(ran.stderr(), UTF_8)).contains("/no/such/plugin: No such file");
  }

  @Test
  void aRunBlocksNothingAndCanBeSettled() throws Exception {
    Path started = shim.path("started");
    CompletableFuture<RunResult> ran = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            ran.complete(shim.client.run(script("echo > " + started + "; sleep 60", 0, 100, null)));
          } catch (Exception e) {
            ran.completeExceptionally(e);
          }
        });
    await().until(() -> Files.exists(started));
    assertThat(shim.client.list()).isEmpty();
    try (ShimClient restarted = ShimClient.connect(shim.dir)) {
      restarted.settle(true);
    }
    assertThat(ran.get(5, TimeUnit.SECONDS).exitCode()).isEqualTo(137);
    shim.client.settle(false);
  }

  @Test
  void readsTheCountersOfANamespace() throws Exception {
    Process holder = namespace();
    try {
      Path namespace = Path.of("/proc", Long.toString(holder.pid()), "ns/net");
      for (int i = 0; i < 2; i++) {
        String text = new String(shim.client.netdev(namespace), UTF_8);
        assertThat(text.lines().skip(2)).allMatch(line -> line.strip().startsWith("lo:"));
        assertThat(text).contains("lo:");
      }
      assertThatThrownBy(() -> shim.client.netdev(Path.of("/proc/self/ns/mnt")))
          .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(22));
      assertThatThrownBy(() -> shim.client.netdev(Path.of("/no/such/ns")))
          .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(2));
    } finally {
      holder.destroyForcibly();
    }
  }

  @Test
  void relaysAPortBothWaysWithHalfClose() throws Exception {
    Path namespace = selfNet();
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        SocketChannel channel = shim.client.openPort(namespace, server.getLocalPort());
        Socket peer = server.accept()) {
      channel.write(ByteBuffer.wrap("ping".getBytes(UTF_8)));
      channel.shutdownOutput();
      assertThat(peer.getInputStream().readAllBytes()).isEqualTo("ping".getBytes(UTF_8));
      byte[] much = new byte[1 << 20];
      much[12345] = 7;
      peer.getOutputStream().write(much);
      peer.shutdownOutput();
      ByteBuffer got = ByteBuffer.allocate(much.length + 1);
      while (channel.read(got) >= 0) {
        assertThat(got.hasRemaining()).isTrue();
      }
      assertThat(got.position()).isEqualTo(much.length);
      assertThat(got.get(12345)).isEqualTo((byte) 7);
    }
    await().until(() -> Files.readString(children()).isBlank());
  }

  @Test
  void aPortThatNobodyListensOnIsRefused() throws Exception {
    Process holder = namespace();
    try {
      Path namespace = Path.of("/proc", Long.toString(holder.pid()), "ns/net");
      assertThatThrownBy(() -> shim.client.openPort(namespace, 9))
          .isInstanceOf(ShimException.class)
          .hasMessageContaining("port 9");
    } finally {
      holder.destroyForcibly();
    }
  }

  private Path children() {
    String pid = Integer.toString(shim.pid);
    Path children = Path.of("/proc", pid, "task", pid, "children");
    assumeTrue(
        Files.exists(children), "SKIP children of the shim: the kernel has no children file");
    return children;
  }

  private static Path selfNet() {
    return Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "ns/net");
  }

  /** A process in a network namespace of its own. */
  private static Process namespace() throws Exception {
    Process holder =
        new ProcessBuilder("/usr/bin/unshare", "-n", "/bin/sh", "-c", "echo up; exec sleep 60")
            .start();
    assertThat(holder.inputReader().readLine()).isEqualTo("up");
    return holder;
  }

  private static RunRequest script(String script, int timeoutMs, int max, @Nullable Path result) {
    return new RunRequest(
        List.of("/bin/sh", "-c", script),
        ENV,
        "{\"in\":1}".getBytes(UTF_8),
        Duration.ofMillis(timeoutMs),
        max,
        result);
  }
}
