package dev.carafe.agent.cri;

import dev.carafe.agent.trace.Span;
import dev.carafe.runtime.linux.LinuxException;
import dev.carafe.runtime.linux.Scheduling;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The gRPC server on its Unix socket, mode 0660. */
public final class CriServer implements AutoCloseable {
  /** Both anchors take messages of this size; a list of 11,000 containers is as large. */
  private static final int MAX_MESSAGE_BYTES = 16 << 20;

  /**
   * What a client may send ahead on one connection; the largest request fits into some of these.
   */
  private static final int WINDOW_BYTES = 1 << 20;

  /** What can wait until the first answers are given. */
  private static final long STARTED_SECONDS = 1;

  /** Begins the event loop's name as the kernel has it. */
  private static final String LOOP = "cri-loop";

  /** HotSpot's thread that collects garbage, which stops every other. */
  private static final String COLLECTOR = "VM Thread";

  private static final Logger LOG = LogManager.getLogger(CriServer.class);

  private final Path socket;
  private final Server server;
  private final EventLoopGroup loops;

  private CriServer(Path socket, Server server, EventLoopGroup loops) {
    this.socket = socket;
    this.server = server;
    this.loops = loops;
  }

  /**
   * Listens on {@code socket}; a stale socket file there is replaced.
   *
   * @param observer hears of every call
   * @throws IOException when the socket cannot be made, or another process answers on it
   */
  public static CriServer start(Path socket, List<BindableService> services, CallObserver observer)
      throws IOException {
    return start(socket, services, observer, null);
  }

  /**
   * Listens on {@code socket}; a stale socket file there is replaced.
   *
   * @param observer hears of every call
   * @param traces takes the spans of calls whose callers ask for them; null for none
   * @throws IOException when the socket cannot be made, or another process answers on it
   */
  public static CriServer start(
      Path socket,
      List<BindableService> services,
      CallObserver observer,
      @Nullable Consumer<Span> traces)
      throws IOException {
    Files.createDirectories(socket.toAbsolutePath().getParent());
    Files.deleteIfExists(socket);
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory(LOOP), EpollIoHandler.newFactory());
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            // A fixed window: gRPC would measure the socket by pings to find one.
            .flowControlWindow(WINDOW_BYTES)
            .intercept(new ObservedCalls(observer))
            .directExecutor();
    if (traces != null) {
      builder.intercept(new TracedCalls(traces));
    }
    services.forEach(builder::addService);
    Server server = builder.build().start();
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw----"));
    CompletableFuture.delayedExecutor(STARTED_SECONDS, TimeUnit.SECONDS, Thread::startVirtualThread)
        .execute(CriServer::preferAnswers);
    return new CriServer(socket, server, loops);
  }

  /**
   * Among a node's containers and many callers a list would wait for a processor longer than for
   * all else; pods that start have work for tens of milliseconds each.
   */
  private static void preferAnswers() {
    try {
      Scheduling.prefer(name -> name.startsWith(LOOP) || name.equals(COLLECTOR));
    } catch (IOException | LinuxException refused) {
      LOG.info("lists may wait for a processor: {}", refused.getMessage());
    }
  }

  /** Waits until {@link #close} was called. */
  public void awaitTermination() throws InterruptedException {
    server.awaitTermination();
  }

  @Override
  public void close() throws IOException {
    server.shutdown();
    try {
      if (!server.awaitTermination(5, TimeUnit.SECONDS)) {
        server.shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    Files.deleteIfExists(socket);
  }
}
