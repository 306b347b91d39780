package dev.carafe.agent.stream;

import dev.carafe.runtime.shim.AttachStream;
import dev.carafe.runtime.shim.ExecStream;
import dev.carafe.runtime.shim.StreamFrame;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A process's end of a stream. Calls block; one thread reads, another may write. An interrupted
 * thread closes it. Closing leaves the process alone.
 */
public interface RemoteProcess extends AutoCloseable {
  /** The next frame; null when the process or its shim is gone without a word. */
  @Nullable StreamFrame read() throws IOException;

  /** Writes to stdin (or the terminal); waits while the process does not read. */
  void writeStdin(byte[] bytes) throws IOException;

  /** Ends stdin. */
  void closeStdin() throws IOException;

  /** Resizes the terminal, in characters. */
  void resize(int rows, int cols) throws IOException;

  @Override
  void close() throws IOException;

  /** A started exec. */
  static RemoteProcess of(ExecStream exec) {
    return new RemoteProcess() {
      @Override
      public @Nullable StreamFrame read() throws IOException {
        return exec.read();
      }

      @Override
      public void writeStdin(byte[] bytes) throws IOException {
        exec.writeStdin(bytes, 0, bytes.length);
      }

      @Override
      public void closeStdin() throws IOException {
        exec.closeStdin();
      }

      @Override
      public void resize(int rows, int cols) throws IOException {
        exec.resize(rows, cols);
      }

      @Override
      public void close() throws IOException {
        exec.close();
      }
    };
  }

  /** An attached container. */
  static RemoteProcess of(AttachStream attach) {
    return new RemoteProcess() {
      @Override
      public @Nullable StreamFrame read() throws IOException {
        return attach.read();
      }

      @Override
      public void writeStdin(byte[] bytes) throws IOException {
        attach.writeStdin(bytes, 0, bytes.length);
      }

      @Override
      public void closeStdin() throws IOException {
        attach.closeStdin();
      }

      @Override
      public void resize(int rows, int cols) throws IOException {
        attach.resize(rows, cols);
      }

      @Override
      public void close() throws IOException {
        attach.close();
      }
    };
  }
}
