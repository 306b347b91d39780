package dev.carafe.runtime.shim;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A running exec. One thread reads, and the process waits when it does not; any thread may write,
 * which blocks while the process does not read. Closing leaves the process alone. Interrupting a
 * thread inside closes the stream.
 */
public final class ExecStream implements RemoteProcess {
  private final ProcessStream stream;
  private final Started started;

  private ExecStream(ProcessStream stream, Started started) {
    this.stream = stream;
    this.started = started;
  }

  static ExecStream open(Path dir, ExecRequest request) throws IOException {
    FrameChannel channel = FrameChannel.connect(dir);
    try {
      byte[] reply =
          ShimClient.exchange(channel, ShimMessage.EXEC, request.encode(new WireWriter()));
      return new ExecStream(new ProcessStream(channel), WireReader.whole(reply, Started::decode));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Its pid and start. */
  public Started started() {
    return started;
  }

  /** The next frame; {@link StreamFrame.Exit} is the last, null is a connection lost before it. */
  @Override
  public @Nullable StreamFrame read() throws IOException {
    return stream.read();
  }

  /** Writes to the process's stdin (or terminal). */
  @Override
  public void writeStdin(byte[] bytes, int offset, int length) throws IOException {
    stream.writeStdin(bytes, offset, length);
  }

  /** Ends stdin; a terminal's stdin has no end. */
  @Override
  public void closeStdin() throws IOException {
    stream.send(ShimMessage.STREAM_STDIN_CLOSE, new WireWriter());
  }

  /** Resizes the terminal, if there is one. */
  @Override
  public void resize(int rows, int cols) throws IOException {
    stream.send(ShimMessage.STREAM_RESIZE, new WireWriter().u16(rows).u16(cols));
  }

  /**
   * Signals the process.
   *
   * @param signal Linux signal number
   */
  public void kill(int signal) throws IOException {
    stream.send(ShimMessage.STREAM_KILL, new WireWriter().u32(signal));
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
