package dev.carafe.e2e.client;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.ImageServiceGrpc;
import dev.carafe.cri.v1.ImageServiceGrpc.ImageServiceBlockingStub;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.cri.v1.RemovePodSandboxRequest;
import dev.carafe.cri.v1.RuntimeServiceGrpc;
import dev.carafe.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.carafe.cri.v1.StopPodSandboxRequest;
import dev.carafe.cri.v1.VersionRequest;
import dev.carafe.cri.v1.VersionResponse;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The CRI over a Unix socket, as the kubelet speaks it. Thread-safe. Every call has a deadline, so
 * that a hung runtime fails a test instead of hanging it.
 */
public final class CriClient implements AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 16 << 20;

  private final Path socket;
  private final Duration deadline;
  private final EventLoopGroup loops;
  private final ManagedChannel channel;

  private CriClient(Path socket, Duration deadline, EventLoopGroup loops, ManagedChannel channel) {
    this.socket = socket;
    this.deadline = deadline;
    this.loops = loops;
    this.channel = channel;
  }

  /**
   * A client of the runtime at {@code socket}; it connects with the first call, and again when the
   * runtime comes back.
   *
   * @param deadline of each call
   */
  public static CriClient of(Path socket, Duration deadline) {
    return of(socket, deadline, method -> {});
  }

  /**
   * A client that also tells when nobody answers.
   *
   * @param silence gets the name of the first method that was not answered within its deadline
   */
  public static CriClient of(Path socket, Duration deadline, Consumer<String> silence) {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(
                new DomainSocketAddress(requireNonNull(socket, "socket is null").toFile()))
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(loops)
            .usePlaintext()
            // A socket's path is no authority of HTTP/2.
            .overrideAuthority("localhost")
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .intercept(new Silence(silence))
            .build();
    return new CriClient(socket, requireNonNull(deadline, "deadline is null"), loops, channel);
  }

  /** RuntimeService. */
  public RuntimeServiceBlockingStub runtime() {
    return RuntimeServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** ImageService. */
  public ImageServiceBlockingStub images() {
    return ImageServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Waits for the first answer.
   *
   * @throws IOException when there is none within {@code patience}
   */
  public VersionResponse awaitVersion(Duration patience) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    while (true) {
      try {
        return runtime().version(VersionRequest.getDefaultInstance());
      } catch (StatusRuntimeException refused) {
        long waited = System.nanoTime() - begin;
        if (waited > patience.toNanos()) {
          throw new IOException(
              "nobody answers on %s after %s".formatted(socket, patience), refused);
        }
        channel.resetConnectBackoff();
        // Off by a hundredth at most, and no load beside an agent that is slow to start.
        TimeUnit.NANOSECONDS.sleep(Math.max(1_000_000, waited / 100));
      }
    }
  }

  /** Stops and removes every pod. */
  public void removePods() {
    for (PodSandbox pod :
        runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList()) {
      runtime()
          .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
      runtime()
          .removePodSandbox(
              RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
    }
  }

  /** For other services on the same socket. */
  public Channel channel() {
    return channel;
  }

  @Override
  public void close() {
    channel.shutdownNow();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }
}
