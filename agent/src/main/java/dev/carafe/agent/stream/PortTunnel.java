package dev.carafe.agent.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One forwarded connection, carried by two virtual threads. Either side may end its half first; an
 * error ends both, with words on the error stream.
 */
// A write that fails closes its connection, which is heard of there.
@SuppressWarnings("FutureReturnValueIgnored")
final class PortTunnel implements SpdySession.Receiver {
  /** Takes an error stream's nothing. */
  static final SpdySession.Receiver UNHEARD =
      new SpdySession.Receiver() {
        @Override
        public void data(byte[] bytes) {}

        @Override
        public void end() {}
      };

  private static final Logger LOG = LogManager.getLogger(PortTunnel.class);
  private static final int CHUNK = 32 * 1024;

  private final StreamRequest.PortOpener opener;
  private final int port;
  private final Connection connection;
  private final Inbox inbox;
  private volatile @Nullable Thread thread;
  private volatile boolean reset;

  PortTunnel(StreamRequest.PortOpener opener, int port, Connection connection) {
    this.opener = requireNonNull(opener, "opener is null");
    this.port = port;
    this.connection = requireNonNull(connection, "connection is null");
    this.inbox = new Inbox(connection.backlog());
  }

  int port() {
    return port;
  }

  @Override
  public void data(byte[] bytes) {
    inbox.add(new Inbox.Input.Bytes(bytes));
  }

  @Override
  public void end() {
    inbox.add(new Inbox.Input.End());
  }

  @Override
  public void reset() {
    reset = true;
    Thread carrier = thread;
    if (carrier != null) {
      carrier.interrupt();
    }
  }

  /** Connects and carries. */
  void start(SpdyStream data, SpdyStream error) {
    Thread carrier = Thread.ofVirtual().name("port-", 0).unstarted(() -> run(data, error));
    thread = carrier;
    connection.interruptOnClose(carrier);
    carrier.start();
    if (reset) {
      carrier.interrupt();
    }
  }

  /** Its other stream never came. */
  void refuse(@Nullable SpdyStream lonely) {
    inbox.discard();
    if (lonely != null) {
      connection.channel().writeAndFlush(lonely.last());
    }
  }

  private void run(SpdyStream data, SpdyStream error) {
    try {
      try (SocketChannel socket = opener.open(port)) {
        carry(socket, data);
      } catch (IOException | Failure failure) {
        if (!Thread.currentThread().isInterrupted()) {
          String words = "cannot forward port %d: %s".formatted(port, failure.getMessage());
          error.write(words.getBytes(UTF_8));
        }
      } finally {
        inbox.discard();
      }
      data.end();
    } catch (IOException | InterruptedException gone) {
      LOG.debug("the client gave up forwarded port {}: {}", port, gone.toString());
    }
    endError(error);
  }

  /** A client that reset its data stream still waits for the end of the error stream. */
  private void endError(SpdyStream error) {
    boolean byReset = Thread.interrupted();
    try {
      error.end();
    } catch (IOException | InterruptedException gone) {
      LOG.debug("the client of port {} went (reset {}): {}", port, byReset, gone.toString());
    }
  }

  private void carry(SocketChannel socket, SpdyStream data)
      throws IOException, InterruptedException {
    Thread feeder = Thread.ofVirtual().name("port-in-", 0).start(() -> feed(socket));
    try {
      ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
      while (socket.read(buffer) >= 0) {
        data.write(Arrays.copyOf(buffer.array(), buffer.position()));
        buffer.clear();
      }
      data.end();
      feeder.join();
    } finally {
      feeder.interrupt();
    }
  }

  private void feed(SocketChannel socket) {
    try {
      while (inbox.take() instanceof Inbox.Input.Bytes(byte[] bytes)) {
        ByteBuffer out = ByteBuffer.wrap(bytes);
        while (out.hasRemaining()) {
          socket.write(out);
        }
      }
      socket.shutdownOutput();
    } catch (IOException | InterruptedException ended) {
      inbox.discard();
    }
  }
}
