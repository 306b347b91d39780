package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static dev.carafe.e2e.cri.Streams.OUTPUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carafe.e2e.cri.Streams.Session;
import dev.carafe.e2e.stream.Dialect;
import dev.carafe.e2e.stream.Sink;
import dev.carafe.e2e.stream.SpdyConnection;
import dev.carafe.e2e.stream.Upgrade;
import dev.carafe.e2e.stream.WebSocket;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** URLs, their tokens, and what the HTTP server behind them refuses. */
class StreamServerIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final Streams STREAMS = Streams.plain(NODE);
  private static final SocketFactory SOCKETS = SocketFactory.getDefault();
  private static final List<String> V4 = List.of("v4.channel.k8s.io");
  private static final int TOKENS = 1000;
  private static String container = "";

  @BeforeAll
  static void start() {
    container = run(NODE.pod(), shell("c", "sleep 10000"));
  }

  private static String url() {
    return STREAMS.execUrl(container, OUTPUT, "echo", "hello");
  }

  @Test
  void aUrlIsAbsoluteOnLoopbackAndNeverTheSame() {
    assertThat(url()).matches("http://127\\.0\\.0\\.1:[0-9]+/exec/[A-Za-z0-9_-]{8}");
    assertThat(STREAMS.attachUrl(container, OUTPUT))
        .matches("http://127\\.0\\.0\\.1:[0-9]+/attach/[A-Za-z0-9_-]{8}");
    assertThat(url()).isNotEqualTo(url());
  }

  @Test
  void aUrlIsGoodOnceAndForItsOwnPath() throws Exception {
    String url = url();
    assertThat(status(url.replace("/exec/", "/attach/"))).isEqualTo(404);
    assertThat(status(url.replace("/exec/", "/portforward/"))).isEqualTo(404);
    assertThat(status(url + "/more")).isEqualTo(404);
    try (Session session = STREAMS.session(Dialect.SPDY_V4, url, OUTPUT)) {
      assertThat(session.exit()).isZero();
      assertThat(session.out().text()).isEqualTo("hello\n");
    }
    assertThat(status(url)).isEqualTo(404);
    assertThat(status(url.substring(0, url.length() - 8) + "AAAAAAAA")).isEqualTo(404);
  }

  private static int status(String url) throws IOException {
    try (Upgrade upgrade = SpdyConnection.ask(url, SOCKETS, V4)) {
      return upgrade.status();
    }
  }

  @Test
  void whatIsNoUpgradeDoesNotUseTheUrlUp() throws Exception {
    String url = url();
    try (Upgrade plain = Upgrade.ask(url, SOCKETS, List.of("Upgrade: h2c"))) {
      assertThat(plain.status()).isEqualTo(400);
    }
    try (Session session = STREAMS.session(Dialect.WEBSOCKET_V5, url, OUTPUT)) {
      assertThat(session.exit()).isZero();
    }
  }

  @Test
  void protocolsThatNobodySpeaksAreRefusedWithThoseThatAreSpoken() throws Exception {
    try (Upgrade spdy = SpdyConnection.ask(url(), SOCKETS, List.of("v9.channel.k8s.io"))) {
      assertThat(spdy.status()).isEqualTo(403);
      assertThat(spdy.answer().toLowerCase(Locale.ROOT))
          .contains("x-accepted-stream-protocol-versions: v4.channel.k8s.io");
    }
    try (Upgrade webSocket = WebSocket.ask(url(), SOCKETS, "v9.channel.k8s.io")) {
      assertThat(webSocket.status()).isEqualTo(403);
    }
  }

  @Test
  void theFirstProtocolOnOfferThatIsSpokenIsTaken() throws Exception {
    List<String> offered = List.of("v9.channel.k8s.io", "v3.channel.k8s.io", "v4.channel.k8s.io");
    try (Upgrade spdy = SpdyConnection.ask(url(), SOCKETS, offered)) {
      assertThat(spdy.answer().toLowerCase(Locale.ROOT))
          .contains("x-stream-protocol-version: v3.channel.k8s.io\r\n");
    }
  }

  @Test
  void pingsAreAnsweredAndStrangeStreamsRefused() throws Exception {
    try (SpdyConnection connection = SpdyConnection.open(url(), SOCKETS, V4)) {
      assertThat(connection.ping(5).get(10, TimeUnit.SECONDS)).isEqualTo(5);
      Sink.Text strange = new Sink.Text();
      connection.open(Map.of("streamtype", "strange"), strange);
      await().until(strange::wasReset);
      Sink.Text stdin = new Sink.Text();
      connection.open(Map.of("streamtype", "stdin"), stdin);
      await().until(stdin::wasReset);
    }
  }

  @Test
  void aThousandUrlsMayWaitAndAnOpenedOneMakesRoom() throws Exception {
    List<String> urls = new ArrayList<>();
    Status refusal = null;
    while (refusal == null && urls.size() <= TOKENS) {
      try {
        urls.add(url());
      } catch (io.grpc.StatusRuntimeException full) {
        refusal = full.getStatus();
      }
    }
    assertThat(urls).hasSizeBetween(TOKENS - 100, TOKENS); // other tests left some
    assertThat(refusal).extracting(Status::getCode).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(status(urls.getFirst())).isEqualTo(101);
    assertThat(url()).isNotEmpty();
    // What waits would be in the way of the other tests for a minute.
    NODE.node().agent().kill();
    NODE.node().startAgent();
    assertThat(url()).isNotEmpty();
  }

  @Test
  void whoTakesTooLongIsCutOff() throws Exception {
    Assumptions.assumeTrue(
        Boolean.getBoolean("carafe.long"), "SKIP long: time-outs of a minute: make test-long");
    String late = url();
    try (SpdyConnection lonely = SpdyConnection.open(url(), SOCKETS, V4);
        Socket silent = SOCKETS.createSocket("127.0.0.1", URI.create(late).getPort())) {
      lonely.open(Map.of("streamtype", "error"), Sink.nothing());
      long start = System.nanoTime();
      lonely.ended().get(40, TimeUnit.SECONDS);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(29));
      silent.setSoTimeout(5_000);
      assertThat(silent.getInputStream().read()).isEqualTo(-1);
      await()
          .pollDelay(Duration.ofSeconds(61).minus(Duration.ofNanos(System.nanoTime() - start)))
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(() -> assertThat(status(late)).isEqualTo(404));
    }
  }
}
