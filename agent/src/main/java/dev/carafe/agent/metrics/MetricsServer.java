package dev.carafe.agent.metrics;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code GET /metrics} over HTTP, for Prometheus. Thread-safe. */
public final class MetricsServer implements AutoCloseable {
  private static final int MAX_BODY = 4 * 1024;
  private static final int IDLE_SECONDS = 180;

  private final PrometheusMetrics metrics;
  private final EventLoopGroup loops;
  private final Channel channel;

  private MetricsServer(PrometheusMetrics metrics, EventLoopGroup loops, Channel channel) {
    this.metrics = metrics;
    this.loops = loops;
    this.channel = channel;
  }

  /**
   * Listens, or does nothing at all without an address.
   *
   * @param listen port 0 picks a free one
   * @param workers where sources are read; may block
   * @return null when {@code listen} is
   * @throws IOException when the address can't be had
   */
  public static @Nullable MetricsServer start(@Nullable InetSocketAddress listen, Executor workers)
      throws IOException, InterruptedException {
    requireNonNull(workers, "workers is null");
    if (listen == null) {
      return null;
    }
    PrometheusMetrics metrics = new PrometheusMetrics();
    metrics.register(new ProcessSeries());
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    InetSocketAddress address = new InetSocketAddress(listen.getHostString(), listen.getPort());
    try {
      var bound =
          new ServerBootstrap()
              .group(loops)
              .channel(EpollServerSocketChannel.class)
              .childHandler(initializer(metrics, workers))
              .bind(address)
              .await();
      if (bound.isSuccess()) {
        return new MetricsServer(metrics, loops, bound.channel());
      }
      stop(loops);
      throw new IOException(
          "cannot serve metrics on %s; set metrics.listen to a free address of this node"
              .formatted(listen),
          bound.cause());
    } catch (InterruptedException interrupted) {
      stop(loops);
      throw interrupted;
    }
  }

  /** Where series are announced: {@link Metrics#NONE} for no server. */
  public static Metrics metrics(@Nullable MetricsServer server) {
    return server == null ? Metrics.NONE : server.metrics;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) channel.localAddress();
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
    stop(loops);
  }

  private static void stop(EventLoopGroup loops) {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }

  private static ChannelInitializer<Channel> initializer(
      PrometheusMetrics metrics, Executor workers) {
    ScrapeHandler scrapes = new ScrapeHandler(metrics, workers);
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel child) {
        child
            .pipeline()
            .addLast(
                new IdleStateHandler(0, 0, IDLE_SECONDS),
                new HttpServerCodec(),
                new HttpObjectAggregator(MAX_BODY),
                scrapes);
      }
    };
  }
}
