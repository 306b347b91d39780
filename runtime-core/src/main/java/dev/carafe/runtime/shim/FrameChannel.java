package dev.carafe.runtime.shim;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a shim, in frames. One thread may read while another writes; writers must take
 * turns. Interrupting a thread inside closes the connection (java.nio).
 */
final class FrameChannel implements AutoCloseable {
  /** Longest payload of a frame, bytes. */
  static final int PAYLOAD_LIMIT = 8 * 1024 * 1024;

  /** Small, for every pod has one for as long as it lives; longer payloads go around it. */
  private static final int BUFFER_BYTES = 1024;

  private final SocketChannel channel;
  private final ByteBuffer in;

  private FrameChannel(SocketChannel channel, int ahead) {
    this.channel = channel;
    this.in = ByteBuffer.allocateDirect(ahead).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  }

  /** Connects to {@code dir/shim.sock}. */
  static FrameChannel connect(Path dir) throws IOException {
    return connect(dir, BUFFER_BYTES);
  }

  /** Connects for one exchange; nothing behind its reply is read, so that {@link #raw} has it. */
  static FrameChannel connectForRaw(Path dir) throws IOException {
    return connect(dir, WireWriter.HEAD);
  }

  private static FrameChannel connect(Path dir, int ahead) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(dir.resolve("shim.sock")));
      return new FrameChannel(channel, ahead);
    } catch (IOException e) {
      channel.close();
      throw new ShimGoneException("no shim answers in " + dir + ": " + e.getMessage(), e);
    }
  }

  void write(ByteBuffer frame) throws IOException {
    while (frame.hasRemaining()) {
      channel.write(frame);
    }
  }

  /** The next frame, or null when the peer has closed between frames. */
  @Nullable Frame read() throws IOException {
    if (!fill(WireWriter.HEAD)) {
      return null;
    }
    int length = in.getInt();
    int type = in.getShort() & 0xffff;
    int zero = in.getShort();
    int id = in.getInt();
    if (length < 0 || length > PAYLOAD_LIMIT || zero != 0) {
      throw new IOException("the shim sent a frame of type " + type + " and " + length + " bytes");
    }
    return new Frame(type, id, payload(length));
  }

  private byte[] payload(int length) throws IOException {
    byte[] payload = new byte[length];
    int have = Math.min(in.remaining(), length);
    in.get(payload, 0, have);
    ByteBuffer rest = ByteBuffer.wrap(payload, have, length - have);
    while (rest.hasRemaining()) {
      if (channel.read(rest) < 0) {
        throw new EOFException("the shim closed the connection inside a frame");
      }
    }
    return payload;
  }

  private boolean fill(int bytes) throws IOException {
    if (in.remaining() >= bytes) {
      return true;
    }
    in.compact();
    try {
      while (in.position() < bytes) {
        if (channel.read(in) < 0) {
          if (in.position() == 0) {
            return false;
          }
          throw new EOFException("the shim closed the connection inside a frame's header");
        }
      }
    } finally {
      in.flip();
    }
    return true;
  }

  /** Says that no more will be written. */
  void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  /** The raw channel, for what stops speaking frames. */
  SocketChannel raw() {
    if (in.hasRemaining()) {
      throw new IllegalStateException(in.remaining() + " bytes are buffered");
    }
    return channel;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
