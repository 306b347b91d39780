package dev.carafe.e2e.stream;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * SPDY/3.1 as Kubernetes clients speak it: they open all streams, and nobody minds windows. A
 * virtual thread reads; writing is thread-safe.
 */
public final class SpdyConnection implements AutoCloseable {
  /** What moby/spdystream writes in one frame, in the channel protocol's clients. */
  private static final int CHUNK = 32 * 1024;

  private final Pipe pipe;
  private final EmbeddedChannel encoder = codec();
  private final EmbeddedChannel decoder = codec();
  private final AtomicInteger nextId = new AtomicInteger(1);
  private final Map<Integer, Sink> streams = new ConcurrentHashMap<>();
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
  private final CompletableFuture<Integer> pong = new CompletableFuture<>();

  /** Speaks over this pipe. */
  SpdyConnection(Pipe pipe) {
    this.pipe = requireNonNull(pipe, "pipe is null");
    Thread.ofVirtual().name("spdy-client").start(this::read);
  }

  /**
   * Opens a connection.
   *
   * @param protocols offered in X-Stream-Protocol-Version; none are sent when it is empty
   * @throws IOException with the server's words when it refuses
   */
  public static SpdyConnection open(String url, SocketFactory sockets, List<String> protocols)
      throws IOException {
    return new SpdyConnection(ask(url, sockets, protocols).agreed());
  }

  /** Asks for SPDY, whatever the answer. */
  public static Upgrade ask(String url, SocketFactory sockets, List<String> protocols)
      throws IOException {
    List<String> headers =
        protocols.isEmpty()
            ? List.of("Upgrade: SPDY/3.1")
            : List.of(
                "Upgrade: SPDY/3.1", "X-Stream-Protocol-Version: " + String.join(",", protocols));
    return Upgrade.ask(url, sockets, headers);
  }

  /** SPDY through a WebSocket, as modern clients forward ports. */
  public static SpdyConnection tunnel(String url, SocketFactory sockets, String protocol)
      throws IOException {
    return new SpdyConnection(WebSocket.open(url, sockets, "SPDY/3.1+" + protocol).tunnel());
  }

  private static EmbeddedChannel codec() {
    return new EmbeddedChannel(
        new SpdyFrameCodec(SpdyVersion.SPDY_3_1, 64 * 1024, 16 * 1024, 6, 15, 8));
  }

  /** One stream that we opened. */
  public final class Stream {
    private final int id;

    private Stream(int id) {
      this.id = id;
    }

    /** Sends bytes. */
    public void write(byte[] bytes) throws IOException {
      for (int at = 0; at < bytes.length; at += CHUNK) {
        int length = Math.min(CHUNK, bytes.length - at);
        send(new DefaultSpdyDataFrame(id, Unpooled.copiedBuffer(bytes, at, length)));
      }
    }

    /** Says that no more will come from us. */
    public void end() throws IOException {
      SpdyDataFrame last = new DefaultSpdyDataFrame(id);
      last.setLast(true);
      send(last);
    }

    /** Gives it up in both directions. */
    public void reset() throws IOException {
      send(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
    }
  }

  /** Opens a stream; what comes on it goes to {@code sink}. */
  public Stream open(Map<String, String> headers, Sink sink) throws IOException {
    int id = nextId.getAndAdd(2);
    streams.put(id, sink);
    DefaultSpdySynStreamFrame frame = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
    headers.forEach((name, value) -> frame.headers().set(name, value));
    send(frame);
    return new Stream(id);
  }

  /** Sends a ping; gives its answer's number. */
  public CompletableFuture<Integer> ping(int number) throws IOException {
    send(new DefaultSpdyPingFrame(number));
    return pong;
  }

  /** Done when the server ended the connection. */
  public CompletableFuture<@Nullable Void> ended() {
    return ended;
  }

  private void send(SpdyFrame frame) throws IOException {
    synchronized (encoder) {
      encoder.writeOutbound(frame);
      for (ByteBuf bytes = encoder.readOutbound(); bytes != null; bytes = encoder.readOutbound()) {
        byte[] copy = ByteBufUtil.getBytes(bytes);
        bytes.release();
        pipe.write(copy);
      }
    }
  }

  private void read() {
    try {
      for (byte[] bytes = pipe.read(); bytes.length > 0; bytes = pipe.read()) {
        decoder.writeInbound(Unpooled.wrappedBuffer(bytes));
        for (Object frame = decoder.readInbound(); frame != null; frame = decoder.readInbound()) {
          take(frame);
        }
      }
    } catch (IOException | RuntimeException broken) {
      ended.completeExceptionally(broken);
    } finally {
      streams.values().forEach(Sink::end);
      ended.complete(null);
    }
  }

  private void take(Object frame) {
    switch (frame) {
      case SpdyDataFrame data -> {
        Sink sink = streams.getOrDefault(data.streamId(), Sink.nothing());
        byte[] bytes = ByteBufUtil.getBytes(data.content());
        data.release();
        if (bytes.length > 0) {
          sink.data(bytes);
        }
        if (data.isLast()) {
          sink.end();
        }
      }
      case SpdyRstStreamFrame reset ->
          streams.getOrDefault(reset.streamId(), Sink.nothing()).reset();
      case SpdyPingFrame ping -> pong.complete(ping.id());
      default -> {} // replies
    }
  }

  @Override
  public void close() throws IOException {
    pipe.close();
  }
}
