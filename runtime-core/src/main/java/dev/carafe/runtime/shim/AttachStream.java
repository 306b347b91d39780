package dev.carafe.runtime.shim;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An attached client of a container. The container never waits for it: who lags by more than 1 MiB
 * is cut off with a {@link StreamFrame.Note}. One thread reads; any thread may write. Closing only
 * detaches. Interrupting a thread inside closes the stream.
 */
public final class AttachStream implements RemoteProcess {
  private final ProcessStream stream;

  private AttachStream(ProcessStream stream) {
    this.stream = stream;
  }

  static AttachStream open(Path dir, String id, boolean stdin, boolean stdout, boolean stderr)
      throws IOException {
    FrameChannel channel = FrameChannel.connect(dir);
    try {
      WireWriter request = new WireWriter().str(id).bool(stdin).bool(stdout).bool(stderr);
      ShimClient.exchange(channel, ShimMessage.ATTACH, request);
      return new AttachStream(new ProcessStream(channel));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** The next frame, or null when the container has ended or the shim is gone. */
  @Override
  public @Nullable StreamFrame read() throws IOException {
    return stream.read();
  }

  /** Writes to the container's stdin (or terminal). */
  @Override
  public void writeStdin(byte[] bytes, int offset, int length) throws IOException {
    stream.writeStdin(bytes, offset, length);
  }

  /** Ends the container's stdin if it has stdinOnce, else does nothing. */
  @Override
  public void closeStdin() throws IOException {
    stream.send(ShimMessage.STREAM_STDIN_CLOSE, new WireWriter());
  }

  /** Resizes the terminal, if there is one. */
  @Override
  public void resize(int rows, int cols) throws IOException {
    stream.send(ShimMessage.STREAM_RESIZE, new WireWriter().u16(rows).u16(cols));
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
