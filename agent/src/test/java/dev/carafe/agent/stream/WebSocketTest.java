package dev.carafe.agent.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.carafe.runtime.shim.StreamFrame;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WebSocketTest {
  private final FakeProcess process = new FakeProcess();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Heard heard = new Heard();
  private StreamServer server;

  /** What a client hears: each message as text, and at the end "closed" with its code. */
  private static final class Heard implements WebSocket.Listener {
    final List<String> messages = new CopyOnWriteArrayList<>();
    final CompletableFuture<Integer> end = new CompletableFuture<>();

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      messages.add(UTF_8.decode(data).toString());
      socket.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      messages.add(data.toString());
      socket.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      end.complete(code);
      return CompletableFuture.completedStage(null);
    }
  }

  @BeforeEach
  void listen() throws Exception {
    InetSocketAddress any = InetSocketAddress.createUnresolved("127.0.0.1", 0);
    server = StreamServer.start(StreamSettings.of(any, null, null), Clock.systemUTC());
  }

  @AfterEach
  void close() {
    server.close();
    http.shutdownNow();
  }

  private StreamRequest exec() {
    return new StreamRequest.Stdio(StreamRequest.Kind.EXEC, true, true, true, false, () -> process);
  }

  private WebSocket open(StreamRequest request, String protocol) {
    URI uri = URI.create(server.url(request).replace("http://", "ws://"));
    WebSocket.Builder builder = http.newWebSocketBuilder();
    return (protocol.isEmpty() ? builder : builder.subprotocols(protocol))
        .buildAsync(uri, heard)
        .join();
  }

  private static ByteBuffer message(int channel, String text) {
    byte[] body = text.getBytes(UTF_8);
    return ByteBuffer.allocate(body.length + 1).put((byte) channel).put(body).flip();
  }

  @Test
  void v5EndsStdinWithItsCloseSignal() throws Exception {
    WebSocket socket = open(exec(), "v5.channel.k8s.io");
    assertThat(socket.getSubprotocol()).isEqualTo("v5.channel.k8s.io");
    socket.sendBinary(message(0, "input"), true).join();
    socket.sendBinary(message(4, "{\"Width\":80,\"Height\":24}"), true).join();
    socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true).join();
    assertThat(process.stdinEnd.await(10, TimeUnit.SECONDS)).isTrue();
    process.output.add(new StreamFrame.Stdout("out".getBytes(UTF_8)));
    process.output.add(new StreamFrame.Stdout(new byte[0]));
    process.output.add(new StreamFrame.Stderr("err".getBytes(UTF_8)));
    process.output.add(FakeProcess.exit(0));

    assertThat(heard.end.get(10, TimeUnit.SECONDS)).isEqualTo(WebSocket.NORMAL_CLOSURE);
    assertThat(process.stdin.get()).isEqualTo("input");
    assertThat(heard.messages)
        .containsExactly(
            "\u0001", "\u0001out", "\u0002err", "\u0003{\"metadata\":{},\"status\":\"Success\"}");
  }

  @Test
  void v4KnowsNoCloseSignal() {
    WebSocket socket = open(exec(), "v4.channel.k8s.io");
    socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true).join();
    socket.sendBinary(message(0, "input"), true).join();
    await().until(() -> process.stdin.get().equals("input"));
    assertThat(process.stdinEnd.getCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "channel.k8s.io"})
  void beforeV4TheErrorChannelHasWords(String protocol) throws Exception {
    process.output.add(FakeProcess.exit(2));
    open(exec(), protocol);
    heard.end.get(10, TimeUnit.SECONDS);
    assertThat(heard.messages)
        .containsExactly("\u0001", "\u0003command terminated with non-zero exit code 2");
  }

  @Test
  void base64FormsAreText() throws Exception {
    WebSocket socket = open(exec(), "v4.base64.channel.k8s.io");
    socket.sendText("0aW5wdXQ=", true).join();
    await().until(() -> process.stdin.get().equals("input"));
    process.output.add(new StreamFrame.Stdout("out".getBytes(UTF_8)));
    process.output.add(FakeProcess.exit(0));
    heard.end.get(10, TimeUnit.SECONDS);
    assertThat(heard.messages).hasSize(3).startsWith("1", "1b3V0");
    assertThat(heard.messages.getLast()).startsWith("3");
  }

  @Test
  void otherSubprotocolsAreRefused() {
    assertRefused(exec(), "v9.channel.k8s.io");
    StreamRequest ports =
        new StreamRequest.Ports(port -> {
          throw new IOException("not reached");
        });
    assertRefused(ports, "v4.channel.k8s.io");
  }

  private void assertRefused(StreamRequest request, String protocol) {
    assertThatThrownBy(() -> open(request, protocol))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            refusal -> assertThat(refusal.getResponse().statusCode()).isEqualTo(403));
  }

  @Test
  void portForwardsAreSpdyInBinaryFrames() throws Exception {
    StreamRequest ports =
        new StreamRequest.Ports(port -> {
          throw new IOException("nobody listens");
        });
    // The JDK's client refuses a subprotocol with a slash, so this one is by hand.
    try (SpdyClient client =
        SpdyClient.connect(
            server.url(ports),
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
            "Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io")) {
      assertThat(client.answer)
          .startsWith("HTTP/1.1 101 ")
          .containsIgnoringCase("sec-websocket-protocol: SPDY/3.1+portforward.k8s.io");
      byte[] ping = {(byte) 0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1};
      byte[] binaryWithZeroMask = {(byte) 0x82, (byte) (0x80 | ping.length), 0, 0, 0, 0};
      client.socket.getOutputStream().write(binaryWithZeroMask);
      client.socket.getOutputStream().write(ping);
      byte[] answered = client.socket.getInputStream().readNBytes(2 + ping.length);
      assertThat(answered).startsWith(0x82, ping.length).endsWith(ping);
    }
  }
}
