package dev.carafe.agent.stream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;

/**
 * Stands before the SPDY codec, which asks for more after every read, whether the {@link Backlog}
 * has paused the connection or not: it hands its frames on by itself, and Netty's base decoder
 * takes that for having decoded nothing.
 */
final class ReadGate extends ChannelOutboundHandlerAdapter {
  @Override
  public void read(ChannelHandlerContext context) {
    if (context.channel().config().isAutoRead()) {
      context.read();
    }
  }
}
