package dev.carafe.e2e.stream;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import javax.net.SocketFactory;

/** The client's end of an exec or attach. Thread-safe. */
public interface ProcessStream extends AutoCloseable {
  /**
   * Which channels there are; the same that the runtime was asked for.
   *
   * @param tty with a channel of sizes
   */
  record Channels(boolean stdin, boolean stdout, boolean stderr, boolean tty) {}

  /** Writes to stdin; waits while the process does not read. */
  void stdin(byte[] bytes) throws IOException;

  /** Ends stdin, where the dialect can. */
  void endStdin() throws IOException;

  /** The terminal's size in characters. */
  void resize(int width, int height) throws IOException;

  /** What the error channel had said when the server ended the connection. */
  CompletableFuture<String> status();

  /** Hangs up. */
  @Override
  void close() throws IOException;

  /** Opens it. */
  static ProcessStream open(
      Dialect dialect, String url, SocketFactory sockets, Channels channels, Sink out, Sink err)
      throws IOException {
    return dialect.spdy()
        ? SpdyProcessStream.open(dialect, url, sockets, channels, out, err)
        : WebSocketProcessStream.open(dialect, url, sockets, out, err);
  }
}
