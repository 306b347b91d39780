package dev.carafe.e2e.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket's client side (RFC 6455), by hand, for the JDK's own refuses subprotocols with a
 * slash. One thread reads, others may write.
 */
public final class WebSocket implements AutoCloseable {
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int LAST = 0x80;
  private static final int MASKED = 0x80;

  private final Upgrade upgrade;
  private final DataInputStream in;

  /**
   * A frame.
   *
   * @param opcode TEXT, BINARY or CLOSE
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Frame(int opcode, byte[] payload) {}

  private WebSocket(Upgrade upgrade) throws IOException {
    this.upgrade = requireNonNull(upgrade, "upgrade is null");
    this.in = new DataInputStream(upgrade.socket().getInputStream());
  }

  /**
   * Opens it.
   *
   * @param subprotocol "" for none
   * @throws IOException with the server's words when it refuses
   */
  public static WebSocket open(String url, SocketFactory sockets, String subprotocol)
      throws IOException {
    WebSocket opened = new WebSocket(ask(url, sockets, subprotocol).agreed());
    if (!subprotocol.isEmpty()
        && !opened
            .upgrade
            .answer()
            .toLowerCase(Locale.ROOT)
            .contains(subprotocol.toLowerCase(Locale.ROOT))) {
      throw new IOException("no subprotocol agreed: " + opened.upgrade.answer());
    }
    return opened;
  }

  /** Asks for it, whatever the answer. */
  public static Upgrade ask(String url, SocketFactory sockets, String subprotocol)
      throws IOException {
    String key = Base64.getEncoder().encodeToString("sixteen bytes ab".getBytes(US_ASCII));
    List<String> headers =
        List.of("Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + key);
    List<String> named = List.of("Sec-WebSocket-Protocol: " + subprotocol);
    return Upgrade.ask(
        url,
        sockets,
        subprotocol.isEmpty()
            ? headers
            : List.of(headers.get(0), headers.get(1), headers.get(2), named.getFirst()));
  }

  /** Sends one frame, masked as clients must. */
  synchronized void send(int opcode, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 14).put((byte) (LAST | opcode));
    if (payload.length < 126) {
      frame.put((byte) (MASKED | payload.length));
    } else if (payload.length < 1 << 16) {
      frame.put((byte) (MASKED | 126)).putShort((short) payload.length);
    } else {
      frame.put((byte) (MASKED | 127)).putLong(payload.length);
    }
    byte[] mask = new byte[4];
    ThreadLocalRandom.current().nextBytes(mask);
    frame.put(mask);
    for (int i = 0; i < payload.length; i++) {
      frame.put((byte) (payload[i] ^ mask[i & 3]));
    }
    byte[] bytes = new byte[frame.position()];
    frame.flip().get(bytes);
    upgrade.write(bytes);
  }

  /** The next message or CLOSE; null when the connection ended. Pings are answered here. */
  @Nullable Frame read() throws IOException {
    while (true) {
      int head;
      try {
        head = in.readUnsignedByte();
      } catch (EOFException end) {
        return null;
      }
      int length = in.readUnsignedByte();
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = Math.toIntExact(in.readLong());
      }
      byte[] payload = in.readNBytes(length);
      if ((head & LAST) == 0) {
        throw new IOException("a fragmented message: the server is not known to send any");
      }
      switch (head & 0xf) {
        case PING -> send(PONG, payload);
        case PONG -> {} // nobody asked for it
        default -> {
          return new Frame(head & 0xf, payload);
        }
      }
    }
  }

  /** The bytes of binary messages, cut anywhere: what is tunnelled. */
  Pipe tunnel() {
    return new Pipe() {
      @Override
      public byte[] read() throws IOException {
        Frame frame = WebSocket.this.read();
        while (frame != null && frame.opcode() == BINARY && frame.payload().length == 0) {
          frame = WebSocket.this.read();
        }
        return frame == null || frame.opcode() != BINARY ? new byte[0] : frame.payload();
      }

      @Override
      public void write(byte[] bytes) throws IOException {
        send(BINARY, bytes);
      }

      @Override
      public void close() throws IOException {
        WebSocket.this.close();
      }
    };
  }

  @Override
  public void close() throws IOException {
    upgrade.close();
  }
}
