package dev.carafe.agent.stream;

import static io.netty.handler.codec.http.HttpResponseStatus.BAD_REQUEST;
import static io.netty.handler.codec.http.HttpResponseStatus.FORBIDDEN;
import static io.netty.handler.codec.http.HttpResponseStatus.METHOD_NOT_ALLOWED;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;
import static java.util.Objects.requireNonNull;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** A client's one HTTP request: redeems its token and hands the connection to its protocol. */
// A write that fails closes its connection, which is heard of there.
@SuppressWarnings("FutureReturnValueIgnored")
final class UpgradeHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LogManager.getLogger(UpgradeHandler.class);
  private static final String UPGRADE_SPDY = "SPDY/3.1";

  private final Tokens tokens;
  private final StreamSettings settings;
  private boolean upgraded;

  UpgradeHandler(Tokens tokens, StreamSettings settings) {
    this.tokens = requireNonNull(tokens, "tokens is null");
    this.settings = requireNonNull(settings, "settings is null");
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    context
        .executor()
        .schedule(
            () -> {
              if (!upgraded) {
                context.close();
              }
            },
            settings.creation().toMillis(),
            TimeUnit.MILLISECONDS);
    context.fireChannelActive();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest http) {
    if (!http.decoderResult().isSuccess()) {
      refuse(context, BAD_REQUEST, "not an HTTP request: " + http.decoderResult().cause());
      return;
    }
    if (!http.method().equals(HttpMethod.GET) && !http.method().equals(HttpMethod.POST)) {
      refuse(context, METHOD_NOT_ALLOWED, "method " + http.method() + ": expected GET or POST");
      return;
    }
    String upgrade = http.headers().get(HttpHeaderNames.UPGRADE, "");
    boolean webSocket = upgrade.equalsIgnoreCase(HttpHeaderValues.WEBSOCKET.toString());
    if (!webSocket && !upgrade.toUpperCase(Locale.ROOT).startsWith(UPGRADE_SPDY)) {
      refuse(
          context,
          BAD_REQUEST,
          "header Upgrade is \"%s\": expected %s or websocket".formatted(upgrade, UPGRADE_SPDY));
      return;
    }
    String[] path = new QueryStringDecoder(http.uri()).path().split("/", -1);
    StreamRequest request = path.length == 3 ? tokens.redeem(path[1], path[2]) : null;
    if (request == null) {
      refuse(
          context,
          NOT_FOUND,
          "unknown, used or expired URL: ask the runtime for a new one, each is good once and for "
              + Tokens.LIFETIME.toSeconds()
              + " s");
      return;
    }
    if (webSocket) {
      upgraded = WebSocketUpgrade.upgrade(context, http, request, settings);
    } else {
      spdy(context, http, request);
    }
  }

  private void spdy(ChannelHandlerContext context, FullHttpRequest http, StreamRequest request) {
    List<String> offered = values(http, SpdyHandshake.PROTOCOL);
    SpdyHandshake handshake = SpdyHandshake.of(request, offered);
    if (handshake == null) {
      FullHttpResponse response =
          text(FORBIDDEN, "none of the protocols %s is spoken here".formatted(offered));
      response.headers().set(SpdyHandshake.ACCEPTED, SpdyHandshake.accepted(request));
      context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    response.headers().set(HttpHeaderNames.UPGRADE, UPGRADE_SPDY);
    if (!offered.isEmpty()) {
      response.headers().set(SpdyHandshake.PROTOCOL, handshake.protocol());
    }
    context.writeAndFlush(response);
    upgraded = true;
    handshake.install(context.pipeline(), settings);
    StreamServer.HTTP_HANDLERS.forEach(context.pipeline()::remove);
  }

  /** All values of a header that may come several times and with commas. */
  static List<String> values(FullHttpRequest http, String header) {
    List<String> values = new ArrayList<>();
    for (String line : http.headers().getAll(header)) {
      for (String value : line.split(",", -1)) {
        if (!value.isBlank()) {
          values.add(value.strip());
        }
      }
    }
    return values;
  }

  /** Answers in words and closes. */
  static void refuse(ChannelHandlerContext context, HttpResponseStatus status, String words) {
    LOG.debug("stream {} refused with {}: {}", context.channel(), status, words);
    context.writeAndFlush(text(status, words)).addListener(ChannelFutureListener.CLOSE);
  }

  private static FullHttpResponse text(HttpResponseStatus status, String words) {
    byte[] body = (words + "\n").getBytes(StandardCharsets.UTF_8);
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return response;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("stream {} is closed: {}", context.channel(), cause.toString());
    context.close();
  }
}
