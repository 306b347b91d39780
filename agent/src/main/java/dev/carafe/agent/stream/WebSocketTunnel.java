package dev.carafe.agent.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.util.ReferenceCountUtil;

/** Raw bytes in binary frames, cut anywhere: SPDY through a WebSocket (KEP-4006). */
// A write that fails closes its connection, which is heard of there.
@SuppressWarnings("FutureReturnValueIgnored")
final class WebSocketTunnel extends ChannelDuplexHandler {
  /** Stands before the tunnelled protocol's name in a subprotocol. */
  static final String PREFIX = "SPDY/3.1+";

  @Override
  public void channelRead(ChannelHandlerContext context, Object frame) {
    if (frame instanceof BinaryWebSocketFrame binary) {
      context.fireChannelRead(binary.content());
    } else {
      ReferenceCountUtil.release(frame);
      context.close();
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object bytes, ChannelPromise promise) {
    context.write(bytes instanceof ByteBuf raw ? new BinaryWebSocketFrame(raw) : bytes, promise);
  }
}
