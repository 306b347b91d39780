package dev.carafe.e2e.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import javax.net.SocketFactory;

/** Exec and attach over WebSocket: numbered channels. */
final class WebSocketProcessStream implements ProcessStream {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int ERROR = 3;
  private static final int RESIZE = 4;
  private static final int CLOSE = 255;

  /** What kubectl sends in one message. */
  private static final int CHUNK = 32 * 1024;

  private final Dialect dialect;
  private final WebSocket socket;
  private final Sink out;
  private final Sink err;
  private final Sink.Text error = new Sink.Text();
  private final CompletableFuture<String> status = new CompletableFuture<>();

  private WebSocketProcessStream(Dialect dialect, WebSocket socket, Sink out, Sink err) {
    this.dialect = dialect;
    this.socket = socket;
    this.out = out;
    this.err = err;
  }

  static WebSocketProcessStream open(
      Dialect dialect, String url, SocketFactory sockets, Sink out, Sink err) throws IOException {
    WebSocket socket = WebSocket.open(url, sockets, dialect.protocol());
    WebSocketProcessStream stream = new WebSocketProcessStream(dialect, socket, out, err);
    Thread.ofVirtual().name("websocket-client").start(stream::read);
    return stream;
  }

  @Override
  public void stdin(byte[] bytes) throws IOException {
    for (int at = 0; at < bytes.length; at += CHUNK) {
      send(STDIN, Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + CHUNK)));
    }
  }

  @Override
  public void endStdin() throws IOException {
    if (dialect != Dialect.WEBSOCKET_V5) {
      throw new IllegalStateException(dialect + " has no close signal");
    }
    send(CLOSE, new byte[] {STDIN});
  }

  @Override
  public void resize(int width, int height) throws IOException {
    send(RESIZE, "{\"Width\":%d,\"Height\":%d}".formatted(width, height).getBytes(UTF_8));
  }

  @Override
  public CompletableFuture<String> status() {
    return status;
  }

  private void send(int channel, byte[] payload) throws IOException {
    byte[] body = dialect.base64() ? Base64.getEncoder().encode(payload) : payload;
    byte[] message = new byte[body.length + 1];
    message[0] = (byte) (dialect.base64() ? '0' + channel : channel);
    System.arraycopy(body, 0, message, 1, body.length);
    socket.send(dialect.base64() ? WebSocket.TEXT : WebSocket.BINARY, message);
  }

  private void read() {
    try {
      WebSocket.Frame frame = socket.read();
      while (frame != null && frame.opcode() != WebSocket.CLOSE) {
        take(frame);
        frame = socket.read();
      }
    } catch (IOException | RuntimeException broken) {
      status.completeExceptionally(broken);
    } finally {
      out.end();
      err.end();
      status.complete(error.text());
    }
  }

  private void take(WebSocket.Frame frame) {
    if (dialect.base64() != (frame.opcode() == WebSocket.TEXT)) {
      throw new IllegalStateException("opcode " + frame.opcode() + " in " + dialect);
    }
    byte[] message = frame.payload();
    byte[] raw = Arrays.copyOfRange(message, 1, message.length);
    byte[] body = dialect.base64() ? Base64.getDecoder().decode(raw) : raw;
    Sink sink =
        switch (dialect.base64() ? message[0] - '0' : message[0]) {
          case STDOUT -> out;
          case STDERR -> err;
          case ERROR -> error;
          default -> throw new IllegalStateException("channel " + message[0]);
        };
    if (body.length > 0) {
      sink.data(body);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
