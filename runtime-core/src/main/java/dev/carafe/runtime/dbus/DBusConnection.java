package dev.carafe.runtime.dbus;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a message bus, for one conversation after the other: a call waits for its reply,
 * signals that arrive meanwhile are kept. Not thread-safe; a conversation costs a connection.
 */
public final class DBusConnection implements AutoCloseable {
  private static final String BUS = "org.freedesktop.DBus";
  private static final int FIXED_HEADER = 16;

  /** Far above any answer that is asked for here; the specification allows 128 MiB. */
  private static final int MAX_MESSAGE = 16 << 20;

  /** In the order of the specification's numbers, from 1 on. */
  private static final List<DBusMessage.Kind> KINDS =
      List.of(
          DBusMessage.Kind.CALL,
          DBusMessage.Kind.REPLY,
          DBusMessage.Kind.ERROR,
          DBusMessage.Kind.SIGNAL);

  private static final int PATH = 1;
  private static final int INTERFACE = 2;
  private static final int MEMBER = 3;
  private static final int ERROR_NAME = 4;
  private static final int REPLY_SERIAL = 5;
  private static final int DESTINATION = 6;
  private static final int SIGNATURE = 8;

  private final SocketChannel channel;
  private final Selector selector;
  private final Duration patience;
  private final Queue<DBusMessage> signals = new ArrayDeque<>();
  private int serial;

  private DBusConnection(SocketChannel channel, Selector selector, Duration patience) {
    this.channel = channel;
    this.selector = selector;
    this.patience = patience;
  }

  /**
   * Connects and says hello.
   *
   * @param socket the bus's, usually /run/dbus/system_bus_socket
   * @param uid this process's user id, by which the bus knows it
   * @param patience the longest wait for any answer
   */
  public static DBusConnection open(Path socket, long uid, Duration patience) throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    try {
      channel.configureBlocking(false);
      Selector selector = Selector.open();
      channel.register(selector, SelectionKey.OP_READ);
      DBusConnection connection = new DBusConnection(channel, selector, patience);
      connection.authenticate(uid);
      connection.call(BUS, "/org/freedesktop/DBus", BUS, "Hello", "", List.of());
      return connection;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void authenticate(long uid) throws IOException {
    byte[] name = Long.toString(uid).getBytes(StandardCharsets.US_ASCII);
    write(
        ("\0AUTH EXTERNAL " + HexFormat.of().formatHex(name) + "\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    StringBuilder line = new StringBuilder();
    while (!line.toString().endsWith("\r\n")) {
      line.append((char) read(1)[0]);
    }
    if (!line.toString().startsWith("OK ")) {
      throw new DBusException("", "the bus refused user " + uid + ": " + line.toString().strip());
    }
    write("BEGIN\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  /** From now on signals that a rule describes arrive here too. */
  public void match(String rule) throws IOException {
    call(BUS, "/org/freedesktop/DBus", BUS, "AddMatch", "s", List.of(rule));
  }

  /**
   * Calls a method and waits for its reply.
   *
   * @param body values of the signature, as {@link DBusWriter} takes them
   * @return the reply's values
   * @throws DBusException with the peer's error name when it answers with an error
   */
  public List<Object> call(
      String destination, String path, String face, String member, String signature, List<?> body)
      throws IOException {
    int call = ++serial;
    Map<Integer, Variant> fields = new TreeMap<>();
    fields.put(PATH, new Variant("o", path));
    fields.put(INTERFACE, new Variant("s", face));
    fields.put(MEMBER, new Variant("s", member));
    fields.put(DESTINATION, new Variant("s", destination));
    if (!signature.isEmpty()) {
      fields.put(SIGNATURE, new Variant("g", signature));
    }
    write(message(call, fields, new DBusWriter().all(signature, body).bytes()));
    DBusMessage reply = await(message -> message.replySerial() == call, member);
    if (reply.kind() == DBusMessage.Kind.ERROR) {
      String text = reply.body().isEmpty() ? "" : ": " + reply.body().getFirst();
      String name = Objects.requireNonNullElse(reply.errorName(), "");
      throw new DBusException(name, member + " failed with " + name + text);
    }
    return reply.body();
  }

  private static byte[] message(int serial, Map<Integer, Variant> fields, byte[] body) {
    DBusWriter header = new DBusWriter();
    // Little-endian, a method call, no flags, protocol version 1.
    header.all("yyyyuu", List.of((byte) 'l', (byte) 1, (byte) 0, (byte) 1, body.length, serial));
    List<List<Object>> list =
        fields.entrySet().stream()
            .map(e -> List.<Object>of(e.getKey().byteValue(), e.getValue()))
            .toList();
    header.one("a(yv)", list);
    header.align(8);
    byte[] head = header.bytes();
    byte[] all = new byte[head.length + body.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(body, 0, all, head.length, body.length);
    return all;
  }

  /**
   * Waits for a signal, one that came already included.
   *
   * @param what for the error's text
   */
  public DBusMessage signal(Predicate<DBusMessage> wanted, String what) throws IOException {
    for (DBusMessage message : signals) {
      if (wanted.test(message)) {
        signals.remove(message);
        return message;
      }
    }
    return await(
        message -> message.kind() == DBusMessage.Kind.SIGNAL && wanted.test(message), what);
  }

  private DBusMessage await(Predicate<DBusMessage> wanted, String what) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < deadline) {
      DBusMessage message = next();
      if (wanted.test(message)) {
        return message;
      }
      if (message.kind() == DBusMessage.Kind.SIGNAL) {
        signals.add(message);
      }
    }
    throw late(what);
  }

  private DBusException late(String what) {
    return new DBusException("", "no answer to %s in %d s".formatted(what, patience.toSeconds()));
  }

  private DBusMessage next() throws IOException {
    byte[] fixed = read(FIXED_HEADER);
    ByteOrder order = fixed[0] == 'l' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    ByteBuffer numbers = ByteBuffer.wrap(fixed).order(order);
    long bodyBytes = Integer.toUnsignedLong(numbers.getInt(4));
    long fieldBytes = Integer.toUnsignedLong(numbers.getInt(12));
    long padded = (fieldBytes + 7) & ~7L;
    if (bodyBytes + padded > MAX_MESSAGE) {
      throw new DBusException("", "a D-Bus message of " + (bodyBytes + padded) + " bytes");
    }
    byte[] head = new byte[FIXED_HEADER + (int) padded];
    System.arraycopy(fixed, 0, head, 0, FIXED_HEADER);
    System.arraycopy(read((int) padded), 0, head, FIXED_HEADER, (int) padded);
    byte[] body = read((int) bodyBytes);
    return message(fixed[1], new DBusReader(head, order).all("yyyyuua(yv)"), body, order);
  }

  private static DBusMessage message(byte type, List<Object> head, byte[] body, ByteOrder order)
      throws DBusException {
    if (type < 1 || type > KINDS.size()) {
      throw new DBusException("", "a D-Bus message of type " + type);
    }
    Map<Integer, Object> fields = new TreeMap<>();
    for (Object field : (List<?>) head.getLast()) {
      List<?> pair = (List<?>) field;
      fields.put(((Byte) pair.getFirst()).intValue(), ((Variant) pair.getLast()).value());
    }
    String signature = text(fields.get(SIGNATURE));
    return new DBusMessage(
        KINDS.get(type - 1),
        fields.get(REPLY_SERIAL) instanceof Integer number ? number : 0,
        text(fields.get(MEMBER)),
        text(fields.get(PATH)),
        fields.get(ERROR_NAME) instanceof String name ? name : null,
        new DBusReader(body, order).all(signature));
  }

  private static String text(@Nullable Object value) {
    return value instanceof String text ? text : "";
  }

  private byte[] read(int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    long deadline = System.nanoTime() + patience.toNanos();
    while (bytes.hasRemaining()) {
      int n = channel.read(bytes);
      if (n < 0) {
        throw new DBusException("", "the bus closed the connection");
      }
      if (n == 0) {
        long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (left <= 0 || selector.select(left) == 0) {
          throw late("a message");
        }
        selector.selectedKeys().clear();
      }
    }
    return bytes.array();
  }

  /**
   * Far less than a socket's buffer is ever under way: who can't write at once has lost the bus.
   */
  private void write(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    channel.write(buffer);
    if (buffer.hasRemaining()) {
      throw new DBusException("", "the bus does not read");
    }
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }
}
