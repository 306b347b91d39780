package dev.carafe.agent.stream;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.util.ReferenceCountUtil;

/** Answers pings and the closing handshake, and lets data through. */
// A write that fails closes its connection, which is heard of there.
@SuppressWarnings("FutureReturnValueIgnored")
final class WebSocketControl extends ChannelInboundHandlerAdapter {
  @Override
  public void channelRead(ChannelHandlerContext context, Object frame) {
    switch (frame) {
      case PingWebSocketFrame ping -> context.writeAndFlush(new PongWebSocketFrame(ping.content()));
      case PongWebSocketFrame pong -> ReferenceCountUtil.release(pong);
      case CloseWebSocketFrame close ->
          context.writeAndFlush(close).addListener(ChannelFutureListener.CLOSE);
      default -> context.fireChannelRead(frame);
    }
  }
}
