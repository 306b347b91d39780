package dev.carafe.agent.stream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker13;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns a client's HTTP request into a WebSocket (RFC 6455) with the protocol it asked for. */
// A write that fails closes its connection, which is heard of there.
@SuppressWarnings("FutureReturnValueIgnored")
final class WebSocketUpgrade {
  /** Bytes of a message; clients send at most 32 KiB and a channel's number. */
  private static final int MAX_MESSAGE = 1 << 20;

  private WebSocketUpgrade() {}

  /** Upgrades, or refuses in words; whether it upgraded. */
  static boolean upgrade(
      ChannelHandlerContext context,
      FullHttpRequest http,
      StreamRequest request,
      StreamSettings settings) {
    List<String> offered =
        UpgradeHandler.values(http, HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL.toString());
    return switch (request) {
      case StreamRequest.Stdio process -> {
        WebSocketFormat format = WebSocketFormat.negotiate(offered);
        if (format == null) {
          yield refuse(context, offered, WebSocketFormat.ALL.stream().map(WebSocketFormat::name));
        }
        if (!handshake(context, http, format.name().isEmpty() ? null : format.name())) {
          yield false;
        }
        Connection connection = new Connection(context.channel());
        WebSocketProcess channels = new WebSocketProcess(process, format, connection);
        pipeline(context).addLast(channels, connection);
        channels.start();
        yield true;
      }
      case StreamRequest.Ports ports -> {
        String tunnelled = WebSocketTunnel.PREFIX + SpdyHandshake.PORT_FORWARD;
        if (!offered.contains(tunnelled)) {
          yield refuse(context, offered, Stream.of(tunnelled));
        }
        if (!handshake(context, http, tunnelled)) {
          yield false;
        }
        ChannelPipeline pipeline = pipeline(context).addLast(new WebSocketTunnel());
        new SpdyHandshake(ports, null).install(pipeline, settings);
        yield true;
      }
    };
  }

  private static boolean refuse(
      ChannelHandlerContext context, List<String> offered, Stream<String> expected) {
    UpgradeHandler.refuse(
        context,
        HttpResponseStatus.FORBIDDEN,
        "none of the subprotocols %s is spoken here: expected one of %s"
            .formatted(offered, expected.toList()));
    return false;
  }

  private static boolean handshake(
      ChannelHandlerContext context, FullHttpRequest http, @Nullable String protocol) {
    if (!http.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_VERSION, "13", false)) {
      UpgradeHandler.refuse(
          context, HttpResponseStatus.UPGRADE_REQUIRED, "expected Sec-WebSocket-Version 13");
      return false;
    }
    WebSocketDecoderConfig config =
        WebSocketDecoderConfig.newBuilder().maxFramePayloadLength(MAX_MESSAGE).build();
    WebSocketServerHandshaker handshaker = new WebSocketServerHandshaker13("", protocol, config);
    try {
      handshaker.handshake(context.channel(), http);
      return true;
    } catch (WebSocketHandshakeException malformed) {
      UpgradeHandler.refuse(
          context, HttpResponseStatus.BAD_REQUEST, String.valueOf(malformed.getMessage()));
      return false;
    }
  }

  private static ChannelPipeline pipeline(ChannelHandlerContext context) {
    return context
        .pipeline()
        .remove(context.handler())
        .addLast(new WebSocketFrameAggregator(MAX_MESSAGE), new WebSocketControl());
  }
}
