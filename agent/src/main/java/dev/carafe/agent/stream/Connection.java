package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * An upgraded connection, for threads that may wait: they wait while the client does not read. Last
 * handler of its pipeline. Thread-safe.
 */
// A write that fails closes its connection, which is heard of there.
@SuppressWarnings("FutureReturnValueIgnored")
final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LogManager.getLogger(Connection.class);

  /** How long a client may take to close after we said all we had, seconds. */
  private static final int LINGER = 10;

  private final Channel channel;
  private final Backlog backlog;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  Connection(Channel channel) {
    this.channel = requireNonNull(channel, "channel is null");
    this.backlog = new Backlog(channel);
  }

  Channel channel() {
    return channel;
  }

  /** What came over this connection and was not taken yet. */
  Backlog backlog() {
    return backlog;
  }

  /**
   * Sends one frame; waits first until what was sent before has mostly left. The frame is released
   * in any case.
   */
  void send(Object frame) throws IOException, InterruptedException {
    await(frame);
    channel.writeAndFlush(frame);
  }

  private void await(Object frame) throws IOException, InterruptedException {
    lock.lock();
    try {
      while (channel.isActive() && !channel.isWritable()) {
        changed.await();
      }
    } catch (InterruptedException interrupted) {
      ReferenceCountUtil.release(frame);
      throw interrupted;
    } finally {
      lock.unlock();
    }
    if (!channel.isActive()) {
      ReferenceCountUtil.release(frame);
      throw new ClosedChannelException();
    }
  }

  /** The thread is interrupted when the client goes. */
  void interruptOnClose(Thread thread) {
    onClose(thread::interrupt);
  }

  /** Runs this on the event loop when the client goes; it must not wait. */
  void onClose(Runnable task) {
    channel.closeFuture().addListener(closed -> task.run());
  }

  /**
   * Sends a last frame and ends our side. The client closes first: one that still sends would get a
   * reset and lose what it has not read yet.
   */
  void finish(Object last) throws IOException, InterruptedException {
    await(last);
    channel.writeAndFlush(last).addListener(sent -> linger());
  }

  private void linger() {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls != null) {
      tls.closeOutbound();
    } else if (channel instanceof DuplexChannel duplex) {
      duplex.shutdownOutput();
    }
    channel.eventLoop().schedule(() -> channel.close(), LINGER, TimeUnit.SECONDS);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    signal();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    signal();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof IdleStateEvent) {
      LOG.info("stream {} is closed: nothing moved on it for too long", channel);
      context.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("stream {} is closed: {}", channel, cause.toString());
    context.close();
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
