package dev.carafe.runtime.shim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one shim. Thread-safe; methods block until the answer, so call them on virtual
 * threads. Any number of requests may be under way at once.
 *
 * <p>Every method throws {@link ShimException} when the shim refuses and {@link ShimGoneException}
 * when the connection is lost (then the request may or may not have been done; START can be sent
 * again). A caller may be interrupted without harm to the others.
 */
public final class ShimClient implements AutoCloseable {
  private static final int VERSION = 1;
  private static final String BUILD = "carafe-java";
  private static final ByteBuffer END = ByteBuffer.allocate(0);

  private final Path dir;
  private final FrameChannel channel;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<byte[]>> waiting = new ConcurrentHashMap<>();
  // One thread writes, for an interrupted writer would close the connection for everybody.
  private final LinkedBlockingQueue<ByteBuffer> outgoing = new LinkedBlockingQueue<>();
  private final AtomicReference<@Nullable ShimGoneException> gone = new AtomicReference<>();
  private final AtomicReference<@Nullable ShimListener> listener = new AtomicReference<>();
  private volatile boolean closed;

  private ShimClient(Path dir, FrameChannel channel) {
    this.dir = dir;
    this.channel = channel;
  }

  /** Connects to the shim of this pod state directory. */
  public static ShimClient connect(Path dir) throws IOException {
    ShimClient client = new ShimClient(dir, FrameChannel.connect(dir));
    Thread.ofVirtual().name("shim-read-" + dir.getFileName()).start(client::readAll);
    Thread.ofVirtual().name("shim-write-" + dir.getFileName()).start(client::writeAll);
    return client;
  }

  /** Introduces both sides. */
  public ShimInfo hello() throws IOException, InterruptedException {
    byte[] reply = call(ShimMessage.HELLO, new WireWriter().u32(VERSION).str(BUILD));
    return WireReader.whole(reply, ShimInfo::decode);
  }

  /** From now on the shim outlives this agent. */
  public void commit() throws IOException, InterruptedException {
    call(ShimMessage.COMMIT, new WireWriter());
  }

  /** Starts a container, a pod init or a preparation; a known id answers its present outcome. */
  public Started start(LaunchRequest request) throws IOException, InterruptedException {
    byte[] reply = call(ShimMessage.START, request.encode(new WireWriter()));
    return WireReader.whole(reply, Started::decode);
  }

  /** Lets a parked process go on. */
  public Started go(String id) throws IOException, InterruptedException {
    return WireReader.whole(call(ShimMessage.GO, new WireWriter().str(id)), Started::decode);
  }

  /**
   * Signals a process, or every process of its cgroups. ESRCH when it has exited, ENOENT when
   * unknown.
   *
   * @param signal Linux signal number
   */
  public void signal(String id, int signal, boolean all) throws IOException, InterruptedException {
    call(ShimMessage.SIGNAL, new WireWriter().str(id).u32(signal).bool(all));
  }

  /** Everything the shim has not been told to forget, living execs included. */
  public List<ShimProcess> list() throws IOException, InterruptedException {
    byte[] reply = call(ShimMessage.LIST, new WireWriter());
    return WireReader.whole(reply, in -> in.list(ShimProcess::decode));
  }

  /** The exit is known: the shim forgets it and removes its record. EBUSY while it runs. */
  public void forget(String id) throws IOException, InterruptedException {
    call(ShimMessage.FORGET, new WireWriter().str(id));
  }

  /** Makes the log's file anew; returns after the switch. ESRCH when the process has exited. */
  public void reopenLog(String id) throws IOException, InterruptedException {
    call(ShimMessage.REOPEN_LOG, new WireWriter().str(id));
  }

  /** Resizes the terminal; ENOTTY without one. */
  public void resize(String id, int rows, int cols) throws IOException, InterruptedException {
    call(ShimMessage.RESIZE, new WireWriter().str(id).u16(rows).u16(cols));
  }

  /** Runs a host program and waits for its end. */
  public RunResult run(RunRequest request) throws IOException, InterruptedException {
    byte[] reply = call(ShimMessage.RUN, request.encode(new WireWriter()));
    return WireReader.whole(reply, RunResult::decode);
  }

  /** Waits until no host program runs any more, after killing them if so asked. */
  public void settle(boolean kill) throws IOException, InterruptedException {
    call(ShimMessage.SETTLE, new WireWriter().bool(kill));
  }

  /** The text of /proc/net/dev in this network namespace. */
  public byte[] netdev(Path namespace) throws IOException, InterruptedException {
    byte[] reply = call(ShimMessage.NETDEV, new WireWriter().str(namespace.toString()));
    return WireReader.whole(reply, WireReader::blob);
  }

  /** Ends the shim; EBUSY while a process lives. */
  public void shutdown() throws IOException, InterruptedException {
    call(ShimMessage.SHUTDOWN, new WireWriter());
  }

  /** Events go to this listener from now on; one per client. */
  public void subscribe(ShimListener events) throws IOException, InterruptedException {
    listener.set(events);
    call(ShimMessage.SUBSCRIBE, new WireWriter());
  }

  /** Starts an exec on a connection of its own. */
  public ExecStream exec(ExecRequest request) throws IOException {
    return ExecStream.open(dir, request);
  }

  /** Attaches to a container on a connection of its own. */
  public AttachStream attach(String id, boolean stdin, boolean stdout, boolean stderr)
      throws IOException {
    return AttachStream.open(dir, id, stdin, stdout, stderr);
  }

  /**
   * Starts criu on a connection of its own.
   *
   * @param request without a plan; of kind CONTAINER for a restore of that container, else PREPARE
   * @param command absolute path and arguments; a socket's number comes behind them
   * @param env criu's environment
   * @param files absolute paths that it needs open
   */
  public CriuStream criu(
      LaunchRequest request, List<String> command, List<String> env, List<String> files)
      throws IOException {
    return CriuStream.open(dir, request, command, env, files);
  }

  /**
   * Connects to localhost:port inside a network namespace; the channel is the caller's to close.
   *
   * @return raw bytes in both directions, half-close passed on
   */
  public SocketChannel openPort(Path namespace, int port) throws IOException {
    WireWriter request = new WireWriter().str(namespace.toString()).u16(port);
    FrameChannel stream = FrameChannel.connectForRaw(dir);
    try {
      exchange(stream, ShimMessage.PORT_OPEN, request);
      return stream.raw();
    } catch (IOException e) {
      stream.close();
      throw e;
    }
  }

  /** Closes the connection; requests under way end with {@link ShimGoneException}. */
  @Override
  public void close() throws IOException {
    closed = true;
    lose(new ShimGoneException("the client of the shim in " + dir + " was closed", null));
  }

  /** One request and its reply on a connection that carries nothing else. */
  static byte[] exchange(FrameChannel stream, ShimMessage type, WireWriter request)
      throws IOException {
    stream.write(request.frame(type, 1));
    Frame reply = stream.read();
    if (reply == null) {
      throw new ShimGoneException("the shim closed the connection on " + type, null);
    }
    return payloadOf(reply);
  }

  static long millis(Duration duration) {
    long millis = duration.toMillis();
    if (duration.isNegative() || millis > 0xffff_ffffL) {
      throw new IllegalArgumentException("a time of 0 to 49 days, not " + duration);
    }
    return duration.isPositive() ? Math.max(1, millis) : 0;
  }

  private static byte[] payloadOf(Frame reply) throws IOException {
    if (reply.type() == ShimMessage.FAILURE) {
      throw WireReader.whole(reply.payload(), ShimException::decode);
    }
    return reply.payload();
  }

  private byte[] call(ShimMessage type, WireWriter request)
      throws IOException, InterruptedException {
    int id = ids.updateAndGet(last -> last == Integer.MAX_VALUE ? 1 : last + 1);
    CompletableFuture<byte[]> reply = new CompletableFuture<>();
    waiting.put(id, reply);
    try {
      ShimGoneException lost = gone.get();
      if (lost != null) {
        throw lost;
      }
      outgoing.add(request.frame(type, id));
      return reply.get();
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    } finally {
      waiting.remove(id);
    }
  }

  // The stack of the thread that asked is what helps.
  private static IOException rethrown(@Nullable Throwable cause) {
    return switch (cause) {
      case ShimException e ->
          withCause(new ShimException(e.errno(), e.planIndex(), e.opcode(), e.item(), text(e)), e);
      case ShimGoneException e -> new ShimGoneException(text(e), e);
      case null, default -> new IOException(cause);
    };
  }

  private static ShimException withCause(ShimException to, Throwable cause) {
    to.initCause(cause);
    return to;
  }

  private static String text(Throwable e) {
    return String.valueOf(e.getMessage());
  }

  private void readAll() {
    try {
      Frame frame = channel.read();
      while (frame != null) {
        accept(frame);
        frame = channel.read();
      }
      lose(new ShimGoneException("the shim in " + dir + " closed the connection", null));
    } catch (IOException e) {
      lose(new ShimGoneException("the connection to the shim in " + dir + " is lost", e));
    }
  }

  private void accept(Frame frame) throws IOException {
    if (frame.id() == 0 && (frame.type() & ShimMessage.REPLY_BIT) == 0) {
      ShimEvent event = ShimEvent.decode(frame);
      ShimListener hears = listener.get();
      if (event != null && hears != null) {
        hears.onEvent(event);
      }
      return;
    }
    CompletableFuture<byte[]> reply = waiting.remove(frame.id());
    if (reply == null) {
      return; // its caller was interrupted
    }
    try {
      reply.complete(payloadOf(frame));
    } catch (ShimException e) {
      reply.completeExceptionally(e);
    }
  }

  private void writeAll() {
    try {
      ByteBuffer frame = outgoing.take();
      while (frame.hasRemaining()) {
        channel.write(frame);
        frame = outgoing.take();
      }
    } catch (IOException | InterruptedException e) {
      lose(new ShimGoneException("the connection to the shim in " + dir + " is lost", e));
    }
  }

  private void lose(ShimGoneException cause) {
    if (!gone.compareAndSet(null, cause)) {
      return;
    }
    outgoing.add(END);
    try {
      channel.close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    waiting.values().forEach(reply -> reply.completeExceptionally(cause));
    ShimListener hears = listener.get();
    if (hears != null && !closed) {
      hears.onGone(cause);
    }
  }
}
