package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of a SPDY/3.1 session as Kubernetes clients speak it: they open every stream,
 * and there are no flow-control windows (their library neither sends nor honours WINDOW_UPDATE, so
 * enforcing them would stall a stream at 64 KiB). Event loop only.
 */
// A write that fails closes its connection, which is heard of there.
@SuppressWarnings("FutureReturnValueIgnored")
final class SpdySession extends SimpleChannelInboundHandler<SpdyFrame> {
  /** Streams at a time; a port forward has two a connection. */
  private static final int MAX_STREAMS = 512;

  private static final int MAX_CHUNK = 64 * 1024;
  private static final int MAX_HEADERS = 16 * 1024;
  private static final int COMPRESSION = 6;
  private static final int WINDOW_BITS = 15;
  private static final int MEMORY_LEVEL = 8;

  private final Connection connection;
  private final Acceptor acceptor;
  private final Map<Integer, Open> streams = new HashMap<>();
  private int lastId;

  private record Open(SpdyStream stream, Receiver receiver) {}

  /** Decides on new streams. */
  interface Acceptor {
    /** Who takes what comes on this stream; null refuses it. */
    @Nullable Receiver opened(SpdyStream stream);

    /** Called once every stream that was accepted has its reply. */
    default void replied() {}
  }

  /** Takes what comes on one stream. Must not wait. */
  interface Receiver {
    void data(byte[] bytes);

    /** The client will send no more. */
    void end();

    /** The client gave the stream up, in both directions. */
    default void reset() {
      end();
    }
  }

  SpdySession(Connection connection, Acceptor acceptor) {
    this.connection = requireNonNull(connection, "connection is null");
    this.acceptor = requireNonNull(acceptor, "acceptor is null");
  }

  /** The codec that stands before this handler. */
  static SpdyFrameCodec codec() {
    return new SpdyFrameCodec(
        SpdyVersion.SPDY_3_1, MAX_CHUNK, MAX_HEADERS, COMPRESSION, WINDOW_BITS, MEMORY_LEVEL);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, SpdyFrame frame) {
    switch (frame) {
      case SpdySynStreamFrame syn -> open(context, syn);
      case SpdyDataFrame data -> data(context, data);
      case SpdyRstStreamFrame reset -> {
        Open open = streams.remove(reset.streamId());
        if (open != null) {
          open.stream.cut();
          open.receiver.reset();
        }
      }
      case SpdyPingFrame ping -> context.writeAndFlush(ping);
      default -> {} // windows, settings, goaway: what the client does next says it all
    }
  }

  private void open(ChannelHandlerContext context, SpdySynStreamFrame syn) {
    int id = syn.streamId();
    if (syn.isInvalid() || syn.isTruncated() || id % 2 == 0 || id <= lastId) {
      reject(context, id, SpdyStreamStatus.PROTOCOL_ERROR);
      return;
    }
    lastId = id;
    SpdyStream stream = new SpdyStream(connection, id, syn.headers());
    Receiver receiver = streams.size() < MAX_STREAMS ? acceptor.opened(stream) : null;
    if (receiver == null) {
      reject(context, id, SpdyStreamStatus.REFUSED_STREAM);
      return;
    }
    SpdySynReplyFrame reply = new DefaultSpdySynReplyFrame(id);
    // Without any header the codec writes no header block at all, at which Go's clients choke.
    reply.headers().setInt("stream-id", id);
    context.writeAndFlush(reply);
    if (syn.isLast()) {
      receiver.end();
    } else {
      streams.put(id, new Open(stream, receiver));
    }
    acceptor.replied();
  }

  private void data(ChannelHandlerContext context, SpdyDataFrame data) {
    Open open = streams.get(data.streamId());
    if (open == null) {
      reject(context, data.streamId(), SpdyStreamStatus.INVALID_STREAM);
      return;
    }
    if (data.content().isReadable()) {
      open.receiver.data(ByteBufUtil.getBytes(data.content()));
    }
    if (data.isLast()) {
      streams.remove(data.streamId());
      open.receiver.end();
    }
  }

  private static void reject(ChannelHandlerContext context, int id, SpdyStreamStatus status) {
    context.writeAndFlush(new DefaultSpdyRstStreamFrame(id, status));
  }
}
