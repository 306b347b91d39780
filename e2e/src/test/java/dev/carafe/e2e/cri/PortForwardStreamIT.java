package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PortForwardRequest;
import dev.carafe.cri.v1.StopPodSandboxRequest;
import dev.carafe.e2e.client.Workload;
import dev.carafe.e2e.stream.Digest;
import dev.carafe.e2e.stream.Sink;
import dev.carafe.e2e.stream.SpdyConnection;
import io.grpc.Status.Code;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.SocketFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Forwarded ports, over SPDY and tunnelled through a WebSocket. */
class PortForwardStreamIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final int COUNT_PORT = 81;
  private static final int ECHO_PORT = 82;
  private static final int HTTP_PORT = 83;
  private static final int SILENT_PORT = 84;
  private static final int GREETING_PORT = 85;
  private static final int BYTES = 20_000_000;
  private static final AtomicInteger REQUESTS = new AtomicInteger();
  private static String podId = "";

  enum Way {
    SPDY,
    TUNNEL
  }

  /** A forwarded connection: its data stream and what came on both streams. */
  private record Tunnel(SpdyConnection.Stream data, Sink.Text error) {}

  @BeforeAll
  static void serve() {
    Workload pod = NODE.pod();
    podId = pod.podId();
    String id =
        run(
            pod,
            shell(
                "c",
                "nc -ll -p %d -e wc -c & nc -ll -p %d -e cat & nc -ll -p %d -e echo 220 at your service & echo page > /tmp/index.html; httpd -f -h /tmp -p 127.0.0.1:%d"
                    .formatted(COUNT_PORT, ECHO_PORT, GREETING_PORT, HTTP_PORT)));
    await()
        .untilAsserted(() ->
            assertThat(NODE.output(id, "netstat -ltn")).contains(":81 ", ":82 ", ":83 ", ":85 "));
  }

  private static SpdyConnection connect(Way way, String pod) throws IOException {
    String url =
        NODE.runtime()
            .portForward(PortForwardRequest.newBuilder().setPodSandboxId(pod).build())
            .getUrl();
    SocketFactory sockets = SocketFactory.getDefault();
    return way == Way.SPDY
        ? SpdyConnection.open(url, sockets, List.of("portforward.k8s.io"))
        : SpdyConnection.tunnel(url, sockets, "portforward.k8s.io");
  }

  private static Tunnel tunnel(SpdyConnection connection, int port, Sink sink) throws IOException {
    String request = Integer.toString(REQUESTS.incrementAndGet());
    Sink.Text error = new Sink.Text();
    Map<String, String> both = Map.of("port", Integer.toString(port), "requestid", request);
    connection.open(with(both, "error"), error).end();
    return new Tunnel(connection.open(with(both, "data"), sink), error);
  }

  private static Map<String, String> with(Map<String, String> headers, String type) {
    Map<String, String> all = new java.util.TreeMap<>(headers);
    all.put("streamtype", type);
    return all;
  }

  @ParameterizedTest
  @EnumSource
  void theClientMayEndItsHalfFirst(Way way) throws Exception {
    try (SpdyConnection connection = connect(way, podId)) {
      Sink.Text answer = new Sink.Text();
      Tunnel tunnel = tunnel(connection, COUNT_PORT, answer);
      tunnel.data().write("twelve bytes".getBytes(UTF_8));
      tunnel.data().end();
      await().until(answer::ended);
      assertThat(answer.text()).isEqualTo("12\n");
      await().until(tunnel.error()::ended);
      assertThat(tunnel.error().text()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void theServerMayEndItsHalfFirst(Way way) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        SpdyConnection connection = connect(way, hostPod())) {
      Sink.Text greeting = new Sink.Text();
      Tunnel tunnel = tunnel(connection, server.getLocalPort(), greeting);
      try (Socket served = server.accept()) {
        served.getOutputStream().write("greeting".getBytes(UTF_8));
        served.shutdownOutput();
        await().until(greeting::ended);
        assertThat(greeting.text()).isEqualTo("greeting");
        tunnel.data().write("late".getBytes(UTF_8));
        tunnel.data().end();
        assertThat(served.getInputStream().readAllBytes()).isEqualTo("late".getBytes(UTF_8));
      }
      await().until(tunnel.error()::ended);
    }
  }

  @Test
  void aStreamThatTheClientResetsClosesTheConnectionInThePod() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        SpdyConnection connection = connect(Way.SPDY, hostPod())) {
      Tunnel tunnel = tunnel(connection, server.getLocalPort(), Sink.nothing());
      try (Socket served = server.accept()) {
        served.setSoTimeout(10_000);
        tunnel.data().reset();
        assertThat(served.getInputStream().read()).isEqualTo(-1);
      }
      await().until(tunnel.error()::ended);
    }
  }

  private static String hostPod() {
    PodSandboxConfig.Builder config = NODE.podConfig().clearHostname();
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setNetwork(NamespaceMode.NODE);
    return NODE.pod(config).podId();
  }

  @ParameterizedTest
  @EnumSource
  void whatListensOnThePodsLoopbackAloneIsReached(Way way) throws Exception {
    try (SpdyConnection connection = connect(way, podId)) {
      get(connection);
    }
  }

  private static void get(SpdyConnection connection) throws IOException {
    Sink.Text page = new Sink.Text();
    Tunnel tunnel = tunnel(connection, HTTP_PORT, page);
    tunnel.data().write("GET /index.html HTTP/1.0\r\n\r\n".getBytes(UTF_8));
    await().until(page::ended);
    assertThat(page.text()).contains("200 OK").endsWith("\r\n\r\npage\n");
  }

  @ParameterizedTest
  @EnumSource
  void aPortOnWhichNobodyListensIsNamedAndHarmsNoOther(Way way) throws Exception {
    try (SpdyConnection connection = connect(way, podId)) {
      Sink.Text data = new Sink.Text();
      Tunnel tunnel = tunnel(connection, SILENT_PORT, data);
      await().until(() -> data.ended() && tunnel.error().ended());
      assertThat(data.text()).isEmpty();
      assertThat(tunnel.error().text()).contains("port " + SILENT_PORT, "onnection refused");
      get(connection);
    }
  }

  @ParameterizedTest
  @EnumSource
  void manyBytesBothWaysAtOnceComeBackUnchanged(Way way) throws Exception {
    try (SpdyConnection connection = connect(way, podId)) {
      Digest received = new Digest();
      Tunnel tunnel = tunnel(connection, ECHO_PORT, received);
      Digest sent = new Digest();
      Random random = new Random(2);
      byte[] chunk = new byte[100_000];
      for (int at = 0; at < BYTES; at += chunk.length) {
        random.nextBytes(chunk);
        sent.data(chunk);
        tunnel.data().write(chunk);
      }
      tunnel.data().end();
      await().atMost(60, TimeUnit.SECONDS).until(() -> received.count() == BYTES);
      assertThat(received.hex()).isEqualTo(sent.hex());
    }
  }

  @Test
  void fiftyConnectionsAtATimeShareOneStream() throws Exception {
    try (SpdyConnection connection = connect(Way.SPDY, podId)) {
      List<Tunnel> tunnels = new ArrayList<>();
      List<Sink.Text> echoes = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        Sink.Text echo = new Sink.Text();
        Tunnel tunnel = tunnel(connection, ECHO_PORT, echo);
        tunnel.data().write(("hello " + i).getBytes(UTF_8));
        String hello = "hello " + i;
        // One after the other, for the server's backlog is short.
        await()
            .pollInterval(2, TimeUnit.MILLISECONDS)
            .untilAsserted(
                () -> assertThat(echo.text()).as(tunnel.error().text()).isEqualTo(hello));
        tunnels.add(tunnel);
        echoes.add(echo);
      }
      for (Tunnel tunnel : tunnels) {
        tunnel.data().write(" bye".getBytes(UTF_8));
        tunnel.data().end();
      }
      for (int i = 0; i < echoes.size(); i++) {
        await().until(echoes.get(i)::ended);
        assertThat(echoes.get(i).text()).isEqualTo("hello " + i + " bye");
      }
    }
  }

  @Test
  void aServerThatSpeaksFirstIsHeardWhole() throws Exception {
    try (SpdyConnection connection = connect(Way.SPDY, podId)) {
      for (int i = 0; i < 50; i++) {
        Sink.Text greeting = new Sink.Text();
        tunnel(connection, GREETING_PORT, greeting);
        await().pollInterval(2, TimeUnit.MILLISECONDS).until(greeting::ended);
        assertThat(greeting.text()).isEqualTo("220 at your service\n");
      }
    }
  }

  @Test
  void afterTheAgentWasKilledThePodIsReachedAgain() throws Exception {
    NODE.node().agent().kill();
    NODE.node().startAgent();
    try (SpdyConnection connection = connect(Way.TUNNEL, podId)) {
      get(connection);
    }
  }

  @Test
  void badRequestsAreRefusedAtOnce() {
    PortForwardRequest good = PortForwardRequest.newBuilder().setPodSandboxId(podId).build();
    assertRefused(Code.INVALID_ARGUMENT, () -> ask(good.toBuilder().clearPodSandboxId()), "id");
    assertRefused(Code.INVALID_ARGUMENT, () -> ask(good.toBuilder().addPort(0)), "port is 0");
    assertRefused(Code.INVALID_ARGUMENT, () -> ask(good.toBuilder().addPort(65536)), "65536");
    assertRefused(Code.NOT_FOUND, () -> ask(good.toBuilder().setPodSandboxId("no")), "no");
    String stopped = NODE.pod().podId();
    NODE.runtime()
        .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(stopped).build());
    assertRefused(
        Code.FAILED_PRECONDITION, () -> ask(good.toBuilder().setPodSandboxId(stopped)), stopped);
  }

  private static void ask(PortForwardRequest.Builder request) {
    NODE.runtime().portForward(request.build());
  }
}
