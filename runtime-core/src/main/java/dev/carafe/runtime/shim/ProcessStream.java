package dev.carafe.runtime.shim;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What execs and attaches share: a connection that carries stdio. One thread reads; any thread may
 * write. Interrupting a thread inside closes the stream.
 */
final class ProcessStream implements AutoCloseable {
  /** Bytes of stdin in one frame. */
  private static final int CHUNK = 32 * 1024;

  private final FrameChannel channel;
  private final ReentrantLock writing = new ReentrantLock();

  ProcessStream(FrameChannel channel) {
    this.channel = channel;
  }

  @Nullable StreamFrame read() throws IOException {
    Frame frame = channel.read();
    return frame == null ? null : StreamFrame.decode(frame);
  }

  void writeStdin(byte[] bytes, int offset, int length) throws IOException {
    for (int at = 0; at < length; at += CHUNK) {
      int n = Math.min(CHUNK, length - at);
      send(ShimMessage.STREAM_STDIN, new WireWriter().bytes(bytes, offset + at, n));
    }
  }

  void send(ShimMessage type, WireWriter payload) throws IOException {
    writing.lock();
    try {
      channel.write(payload.frame(type, 0));
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
