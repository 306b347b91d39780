package dev.carafe.agent.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.shim.StreamFrame;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SpdyProcessTest {
  private static final String V4 = "v4.channel.k8s.io";

  private final FakeProcess process = new FakeProcess();
  private StreamServer server;

  @BeforeEach
  void listen() throws Exception {
    server = start(Duration.ofHours(4), Duration.ofSeconds(30));
  }

  @AfterEach
  void close() {
    server.close();
  }

  private static StreamServer start(Duration idle, Duration creation) throws Exception {
    InetSocketAddress any = InetSocketAddress.createUnresolved("127.0.0.1", 0);
    return StreamServer.start(
        new StreamSettings(any, null, null, idle, creation), Clock.systemUTC());
  }

  private StreamRequest exec(boolean tty) {
    return new StreamRequest.Stdio(StreamRequest.Kind.EXEC, true, true, !tty, tty, () -> process);
  }

  private SpdyClient open(String protocols) throws IOException {
    SpdyClient client = SpdyClient.upgrade(server.url(exec(false)), protocols);
    client.open(1, "streamtype", "error");
    client.open(3, "streamtype", "stdin");
    client.open(5, "streamtype", "stdout");
    client.open(7, "streamtype", "stderr");
    return client;
  }

  @Test
  void everyChannelCarriesItsBytesAndTheErrorChannelComesLast() throws Exception {
    try (SpdyClient client = open("v5.channel.k8s.io, " + V4)) {
      client.data(3, "some ", false);
      client.data(3, "input", true);
      assertThat(process.stdinEnd.await(10, TimeUnit.SECONDS)).isTrue();
      process.output.add(new StreamFrame.Stdout("out".getBytes(UTF_8)));
      process.output.add(new StreamFrame.Stderr("err".getBytes(UTF_8)));
      process.output.add(FakeProcess.exit(3));

      Map<Integer, String> received = client.readAll();

      assertThat(client.answer)
          .startsWith("HTTP/1.1 101 ")
          .containsIgnoringCase("upgrade: SPDY/3.1\r\n")
          .containsIgnoringCase("x-stream-protocol-version: v4.channel.k8s.io\r\n");
      assertThat(process.stdin.get()).isEqualTo("some input");
      assertThat(received).containsEntry(5, "out.").containsEntry(7, "err.").containsEntry(3, "");
      assertThat(received.get(1)).contains("NonZeroExitCode").endsWith(".");
      assertThat(process.closed.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void anOutputThatTheProcessClosesEndsAtOnce() throws Exception {
    try (SpdyClient client = open(V4)) {
      process.output.add(new StreamFrame.Stdout("bye".getBytes(UTF_8)));
      process.output.add(new StreamFrame.Stdout(new byte[0]));
      client.awaitReceived(5, "bye.");
      process.output.add(new StreamFrame.Stderr("more".getBytes(UTF_8)));
      process.output.add(FakeProcess.exit(0));
      assertThat(client.readAll()).containsEntry(5, "bye.").containsEntry(7, "more.");
    }
  }

  @Test
  void beforeV4TheErrorChannelHasWordsAndOnlyOnFailure() throws Exception {
    process.output.add(FakeProcess.exit(0));
    try (SpdyClient client = open("v2.channel.k8s.io")) {
      assertThat(client.readAll()).containsEntry(1, ".");
    }
    process.output.add(FakeProcess.exit(9));
    try (SpdyClient client = open("channel.k8s.io")) {
      assertThat(client.readAll())
          .containsEntry(1, "command terminated with non-zero exit code 9.");
    }
  }

  @Test
  void sizesReachTheTerminal() throws Exception {
    try (SpdyClient client = SpdyClient.upgrade(server.url(exec(true)), V4)) {
      client.open(1, "streamtype", "error");
      client.open(3, "streamtype", "stdin");
      client.open(5, "streamtype", "stdout");
      client.open(7, "streamtype", "resize");
      client.data(7, "{\"Width\":80,\"Height\":24}", false);
      await().until(() -> process.sizes.contains("24x80"));
    }
  }

  @Test
  void aProgramThatCannotStartIsAnErrorOfTheStream() throws Exception {
    StreamRequest refused =
        new StreamRequest.Stdio(
            StreamRequest.Kind.EXEC,
            false,
            true,
            false,
            false,
            () -> {
              throw Failure.internal("no such program", null);
            });
    try (SpdyClient client = SpdyClient.upgrade(server.url(refused), V4)) {
      client.open(1, "streamtype", "error");
      client.open(3, "streamtype", "stdout");
      assertThat(client.readAll().get(1)).contains("InternalError", "no such program");
    }
  }

  @Test
  void aUrlIsGoodOnceAndOnlyForItsPath() throws Exception {
    String url = server.url(exec(false));
    assertThat(url).matches("http://127\\.0\\.0\\.1:[0-9]+/exec/[A-Za-z0-9_-]{8}");
    try (SpdyClient wrong = SpdyClient.upgrade(url.replace("/exec/", "/attach/"), V4);
        SpdyClient first = SpdyClient.upgrade(url, V4);
        SpdyClient second = SpdyClient.upgrade(url, V4)) {
      assertThat(wrong.answer).startsWith("HTTP/1.1 404 ");
      assertThat(first.answer).startsWith("HTTP/1.1 101 ");
      assertThat(second.answer).startsWith("HTTP/1.1 404 ");
    }
  }

  @Test
  void unknownProtocolsAreRefusedWithThoseThatAreSpoken() throws Exception {
    try (SpdyClient client = SpdyClient.upgrade(server.url(exec(false)), "v9.channel.k8s.io")) {
      assertThat(client.answer)
          .startsWith("HTTP/1.1 403 ")
          .containsIgnoringCase("x-accepted-stream-protocol-versions: v4.channel.k8s.io");
    }
    try (SpdyClient client = SpdyClient.connect(server.url(exec(false)), "Upgrade: h2c")) {
      assertThat(client.answer).startsWith("HTTP/1.1 400 ");
    }
  }

  @Test
  void aChannelThatWasNotAskedForIsRefused() throws Exception {
    try (SpdyClient client = SpdyClient.upgrade(server.url(exec(false)), V4)) {
      client.open(1, "streamtype", "resize");
      client.awaitReceived(1, "RESET");
    }
  }

  @Test
  void aClientThatDoesNotOpenItsChannelsIsCutOff() throws Exception {
    server.close();
    server = start(Duration.ofHours(4), Duration.ofMillis(200));
    try (SpdyClient client = SpdyClient.upgrade(server.url(exec(false)), V4)) {
      client.open(1, "streamtype", "error");
      assertThat(client.readAll()).containsOnlyKeys(1);
    }
    try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), port())) {
      silent.setSoTimeout(10_000);
      assertThat(silent.getInputStream().read()).isEqualTo(-1);
    }
  }

  private int port() {
    return URI.create(server.url(exec(false))).getPort();
  }

  @Test
  void aConnectionOnWhichNothingMovesIsClosed() throws Exception {
    server.close();
    server = start(Duration.ofMillis(200), Duration.ofSeconds(30));
    try (SpdyClient client = open(V4)) {
      assertThat(client.readAll()).doesNotContainValue("RESET");
      assertThat(process.closed.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aClientThatGoesLeavesNothing() throws Exception {
    try (SpdyClient client = open(V4)) {
      client.data(3, "x", false);
      await().until(() -> process.stdinBytes.get() == 1);
    }
    assertThat(process.closed.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aProcessWaitsForAClientThatDoesNotRead() throws Exception {
    int chunk = 32 * 1024;
    int chunks = 2000;
    try (SpdyClient client = open(V4)) {
      for (int i = 0; i < chunks; i++) {
        process.output.add(new StreamFrame.Stdout(new byte[chunk]));
      }
      process.output.add(FakeProcess.exit(0));
      await().during(Duration.ofMillis(300)).until(() -> process.taken.get() < chunks / 2);
      assertThat(client.readAll().get(5)).hasSize(chunk * chunks + 1);
    }
  }

  @Test
  void aClientWaitsForAProcessThatDoesNotRead() throws Exception {
    int chunk = 32 * 1024;
    int chunks = 2000;
    process.appetite.drainPermits();
    AtomicInteger sent = new AtomicInteger();
    CompletableFuture<Integer> stalledAt = new CompletableFuture<>();
    CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS)
        .execute(() -> {
          stalledAt.complete(sent.get());
          process.appetite.release(Integer.MAX_VALUE);
        });
    try (SpdyClient client = open(V4)) {
      for (int i = 0; i < chunks; i++) {
        client.data(3, new byte[chunk], i == chunks - 1);
        sent.incrementAndGet();
      }
      assertThat(stalledAt.get()).isLessThan(chunks);
      assertThat(process.stdinEnd.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.stdinBytes.get()).isEqualTo((long) chunk * chunks);
    }
  }
}
