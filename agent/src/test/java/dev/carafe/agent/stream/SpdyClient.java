package dev.carafe.agent.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A SPDY client as Kubernetes has it, on a blocking socket. */
final class SpdyClient implements AutoCloseable {
  final Socket socket;
  final String answer;
  private final EmbeddedChannel codec = new EmbeddedChannel(SpdySession.codec());

  /** What came on each stream: a reset is the word RESET, an end a full stop. */
  private final Map<Integer, StringBuilder> received = new TreeMap<>();

  private SpdyClient(Socket socket, String answer) {
    this.socket = socket;
    this.answer = answer;
  }

  /** Asks for an upgrade; {@link #answer} is the server's. */
  static SpdyClient connect(String url, String... headers) throws IOException {
    URI uri = URI.create(url);
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri.getPort());
    socket.setSoTimeout(10_000);
    String request =
        "GET "
            + uri.getPath()
            + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            + String.join("\r\n", headers)
            + "\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(ISO_8859_1));
    return new SpdyClient(socket, head(socket.getInputStream()));
  }

  /** Upgrades to SPDY with these channel protocols on offer. */
  static SpdyClient upgrade(String url, String protocols) throws IOException {
    return connect(url, "Upgrade: SPDY/3.1", "X-Stream-Protocol-Version: " + protocols);
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int b = in.read();
    while (b >= 0) {
      head.write(b);
      if (head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
        break;
      }
      b = in.read();
    }
    return head.toString(ISO_8859_1);
  }

  void open(int id, String... headers) throws IOException {
    DefaultSpdySynStreamFrame frame = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
    for (int i = 0; i < headers.length; i += 2) {
      frame.headers().set(headers[i], headers[i + 1]);
    }
    send(frame);
  }

  void data(int id, byte[] bytes, boolean last) throws IOException {
    SpdyDataFrame frame = new DefaultSpdyDataFrame(id, Unpooled.wrappedBuffer(bytes));
    frame.setLast(last);
    send(frame);
  }

  void data(int id, String text, boolean last) throws IOException {
    data(id, text.getBytes(UTF_8), last);
  }

  void reset(int id) throws IOException {
    send(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
  }

  private void send(SpdyFrame frame) throws IOException {
    codec.writeOutbound(frame);
    ByteBuf bytes = codec.readOutbound();
    while (bytes != null) {
      socket.getOutputStream().write(ByteBufUtil.getBytes(bytes));
      bytes.release();
      bytes = codec.readOutbound();
    }
  }

  /** Reads until the server ends the connection. */
  Map<Integer, String> readAll() throws IOException {
    while (readSome()) {
      // all of it
    }
    return received();
  }

  /** Reads until this stream has received this. */
  void awaitReceived(int id, String text) throws IOException {
    while (!text.equals(received().get(id))) {
      if (!readSome()) {
        throw new AssertionError("the server closed; received " + received());
      }
    }
  }

  /** Reads what comes next; false at the end. */
  boolean readSome() throws IOException {
    byte[] bytes = new byte[64 * 1024];
    int n = socket.getInputStream().read(bytes);
    if (n < 0) {
      return false;
    }
    codec.writeInbound(Unpooled.copiedBuffer(bytes, 0, n));
    @Nullable Object frame = codec.readInbound();
    while (frame != null) {
      take(frame);
      frame = codec.readInbound();
    }
    return true;
  }

  /** What came on each stream so far. */
  Map<Integer, String> received() {
    Map<Integer, String> texts = new TreeMap<>();
    received.forEach((id, text) -> texts.put(id, text.toString()));
    return texts;
  }

  private StringBuilder stream(int id) {
    return received.computeIfAbsent(id, _ -> new StringBuilder());
  }

  private void take(Object frame) {
    switch (frame) {
      case SpdyDataFrame data -> {
        stream(data.streamId())
            .append(data.content().toString(UTF_8))
            .append(data.isLast() ? "." : "");
        data.release();
      }
      case SpdyRstStreamFrame reset -> stream(reset.streamId()).append("RESET");
      case SpdySynReplyFrame reply -> stream(reply.streamId());
      default -> throw new AssertionError("unexpected " + frame);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    codec.finishAndReleaseAll();
  }
}
