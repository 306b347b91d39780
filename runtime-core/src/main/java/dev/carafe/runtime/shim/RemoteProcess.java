package dev.carafe.runtime.shim;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A process whose standard streams a shim carries: an exec, or an attached container. Calls block;
 * one thread reads, any may write. Interrupting a thread inside closes the stream; closing leaves
 * the process alone.
 */
public interface RemoteProcess extends AutoCloseable {
  /** The next frame; null when the process or its shim is gone without a word. */
  @Nullable StreamFrame read() throws IOException;

  /**
   * Writes to stdin (or the terminal).
   *
   * @param offset of the first byte
   * @param length in bytes
   */
  void writeStdin(byte[] bytes, int offset, int length) throws IOException;

  /** Ends stdin; a terminal's stdin has no end. */
  void closeStdin() throws IOException;

  /** Resizes the terminal, in characters, if there is one. */
  void resize(int rows, int cols) throws IOException;

  @Override
  void close() throws IOException;
}
