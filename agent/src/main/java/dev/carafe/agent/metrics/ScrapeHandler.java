package dev.carafe.agent.metrics;

import static io.netty.handler.codec.http.HttpHeaderNames.ACCEPT;
import static io.netty.handler.codec.http.HttpHeaderNames.ALLOW;
import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static io.netty.handler.codec.http.HttpHeaderValues.CLOSE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** Answers {@code /metrics}, off the event loop. */
@ChannelHandler.Sharable
// A write that fails closes its connection, and nobody waits for it.
@SuppressWarnings("FutureReturnValueIgnored")
final class ScrapeHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LogManager.getLogger(ScrapeHandler.class);

  private static final String PATH = "/metrics";

  /** Scrapes at once; more are told to come again, so that no scraper can fill the heap. */
  private static final int MAX_SCRAPES = 4;

  private final PrometheusMetrics metrics;
  private final Executor workers;
  private final Semaphore scrapes = new Semaphore(MAX_SCRAPES);

  ScrapeHandler(PrometheusMetrics metrics, Executor workers) {
    this.metrics = requireNonNull(metrics, "metrics is null");
    this.workers = requireNonNull(workers, "workers is null");
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    boolean get =
        request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
    String uri = request.uri();
    int query = uri.indexOf('?');
    if (!(query < 0 ? uri : uri.substring(0, query)).equals(PATH)) {
      send(context, text(HttpResponseStatus.NOT_FOUND, "metrics are at " + PATH), keepAlive);
    } else if (!get) {
      FullHttpResponse refusal = text(HttpResponseStatus.METHOD_NOT_ALLOWED, "expected GET");
      refusal.headers().set(ALLOW, "GET, HEAD");
      send(context, refusal, keepAlive);
    } else if (!scrapes.tryAcquire()) {
      send(
          context,
          text(HttpResponseStatus.SERVICE_UNAVAILABLE, MAX_SCRAPES + " scrapes are under way"),
          keepAlive);
    } else {
      boolean head = request.method().equals(HttpMethod.HEAD);
      String accept = request.headers().get(ACCEPT);
      workers.execute(() -> {
        try {
          send(context, head ? empty(scrape(accept)) : scrape(accept), keepAlive);
        } finally {
          scrapes.release();
        }
      });
    }
  }

  private FullHttpResponse scrape(@Nullable String accept) {
    try {
      PrometheusMetrics.Exposition exposition = metrics.expose(accept);
      return response(HttpResponseStatus.OK, exposition.contentType(), exposition.body());
    } catch (IOException | RuntimeException failure) {
      LOG.error("metrics cannot be given", failure);
      return text(HttpResponseStatus.INTERNAL_SERVER_ERROR, failure.toString());
    }
  }

  /** The answer to HEAD: the length that GET would give, and no body. */
  private static FullHttpResponse empty(FullHttpResponse full) {
    FullHttpResponse response = full.replace(Unpooled.EMPTY_BUFFER);
    full.release();
    return response;
  }

  private static void send(
      ChannelHandlerContext context, FullHttpResponse response, boolean keepAlive) {
    if (keepAlive) {
      context.writeAndFlush(response);
    } else {
      response.headers().set(CONNECTION, CLOSE);
      context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private static FullHttpResponse text(HttpResponseStatus status, String sentence) {
    return response(status, "text/plain; charset=utf-8", UTF_8.encode(sentence + "\n"));
  }

  private static FullHttpResponse response(
      HttpResponseStatus status, String type, ByteBuffer body) {
    int length = body.remaining();
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
    response.headers().set(CONTENT_TYPE, type).set(CONTENT_LENGTH, length);
    return response;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof IdleStateEvent) {
      context.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("a scraper's connection {} is closed: {}", context.channel(), cause.toString());
    context.close();
  }
}
