package dev.carafe.e2e.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/** Exec and attach over SPDY: a stream for each channel. */
final class SpdyProcessStream implements ProcessStream {
  private final SpdyConnection connection;
  private final Sink.Text error;
  private final SpdyConnection.@Nullable Stream stdin;
  private final SpdyConnection.@Nullable Stream sizes;

  private SpdyProcessStream(
      SpdyConnection connection,
      Sink.Text error,
      SpdyConnection.@Nullable Stream stdin,
      SpdyConnection.@Nullable Stream sizes) {
    this.connection = connection;
    this.error = error;
    this.stdin = stdin;
    this.sizes = sizes;
  }

  static SpdyProcessStream open(
      Dialect dialect, String url, SocketFactory sockets, Channels channels, Sink out, Sink err)
      throws IOException {
    List<String> protocols = dialect.protocol().isEmpty() ? List.of() : List.of(dialect.protocol());
    SpdyConnection connection = SpdyConnection.open(url, sockets, protocols);
    Sink.Text error = new Sink.Text();
    stream(connection, "error", error);
    SpdyConnection.Stream stdin =
        channels.stdin() ? stream(connection, "stdin", Sink.nothing()) : null;
    if (channels.stdout()) {
      stream(connection, "stdout", out);
    }
    if (channels.stderr()) {
      stream(connection, "stderr", err);
    }
    boolean resizes = dialect == Dialect.SPDY_V3 || dialect == Dialect.SPDY_V4;
    SpdyConnection.Stream sizes =
        channels.tty() && resizes ? stream(connection, "resize", Sink.nothing()) : null;
    return new SpdyProcessStream(connection, error, stdin, sizes);
  }

  private static SpdyConnection.Stream stream(SpdyConnection connection, String type, Sink sink)
      throws IOException {
    return connection.open(Map.of("streamtype", type), sink);
  }

  @Override
  public void stdin(byte[] bytes) throws IOException {
    requireNonNull(stdin, "no stdin was asked for").write(bytes);
  }

  @Override
  public void endStdin() throws IOException {
    requireNonNull(stdin, "no stdin was asked for").end();
  }

  @Override
  public void resize(int width, int height) throws IOException {
    String size = "{\"Width\":%d,\"Height\":%d}\n".formatted(width, height);
    requireNonNull(sizes, "no terminal was asked for").write(size.getBytes(UTF_8));
  }

  @Override
  public CompletableFuture<String> status() {
    return connection.ended().thenApply(_ -> error.text());
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
