package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP server behind Exec, Attach and PortForward: a request gets a URL that is good once, and
 * whoever has the URL gets the stream. Thread-safe.
 */
public final class StreamServer implements AutoCloseable {
  /** What is taken out of the pipeline when a connection is upgraded to SPDY. */
  static final List<Class<? extends ChannelHandler>> HTTP_HANDLERS =
      List.of(UpgradeHandler.class, HttpObjectAggregator.class, HttpServerCodec.class);

  /** Bytes of a request's body, which nobody needs. */
  private static final int MAX_BODY = 16 * 1024;

  private final Tokens tokens;
  private final EventLoopGroup loops;
  private final Channel channel;
  private final String base;

  private StreamServer(Tokens tokens, EventLoopGroup loops, Channel channel, String base) {
    this.tokens = tokens;
    this.loops = loops;
    this.channel = channel;
    this.base = base;
  }

  /**
   * Listens.
   *
   * @throws IOException when the address is taken or the certificate can't be used
   */
  public static StreamServer start(StreamSettings settings, InstantSource clock)
      throws IOException, InterruptedException {
    requireNonNull(settings, "settings is null");
    SslContext tls = tls(settings.tlsCert(), settings.tlsKey());
    Tokens tokens = new Tokens(clock);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    InetSocketAddress wanted =
        new InetSocketAddress(settings.listen().getHostString(), settings.listen().getPort());
    Future<Void> bound;
    Channel channel;
    try {
      var binding =
          new ServerBootstrap()
              .group(loops)
              .channel(EpollServerSocketChannel.class)
              .childHandler(initializer(settings, tls, tokens))
              .bind(wanted)
              .await();
      bound = binding;
      channel = binding.channel();
    } catch (InterruptedException interrupted) {
      stop(loops);
      throw interrupted;
    }
    if (!bound.isSuccess()) {
      stop(loops);
      throw new IOException("cannot serve streams on " + wanted, bound.cause());
    }
    return new StreamServer(tokens, loops, channel, base(channel, tls != null));
  }

  /**
   * An absolute URL at which this request can be carried out once, within a minute.
   *
   * @throws dev.carafe.agent.failure.Failure of kind EXHAUSTED when 1000 URLs wait for a client
   */
  public String url(StreamRequest request) {
    return base + request.path() + "/" + tokens.issue(request);
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
      StreamSettings settings, @Nullable SslContext tls, Tokens tokens) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel child) {
        if (tls != null) {
          child.pipeline().addLast(tls.newHandler(child.alloc()));
        }
        child
            .pipeline()
            .addLast(
                new IdleStateHandler(0, 0, settings.idle().toMillis(), TimeUnit.MILLISECONDS),
                new HttpServerCodec(),
                new HttpObjectAggregator(MAX_BODY),
                new UpgradeHandler(tokens, settings));
      }
    };
  }

  private static @Nullable SslContext tls(@Nullable Path cert, @Nullable Path key)
      throws IOException {
    if (cert == null || key == null) {
      return null;
    }
    try {
      return SslContextBuilder.forServer(cert.toFile(), key.toFile()).build();
    } catch (IllegalArgumentException wrong) {
      throw new IOException(
          "stream.tls_cert %s or stream.tls_key %s: expected a certificate chain and its PKCS#8 key, in PEM"
              .formatted(cert, key),
          wrong);
    }
  }

  /** A server on every address is dialled on loopback: its client is on this node. */
  private static String base(Channel channel, boolean tls) {
    InetSocketAddress bound = (InetSocketAddress) channel.localAddress();
    InetAddress address = bound.getAddress();
    String host = address.isAnyLocalAddress() ? "127.0.0.1" : address.getHostAddress();
    String bracketed = host.contains(":") ? "[" + host + "]" : host;
    return (tls ? "https" : "http") + "://" + bracketed + ":" + bound.getPort() + "/";
  }
}
