package dev.carafe.runtime.checkpoint;

import java.io.IOException;
import java.util.List;

/**
 * A running {@code criu swrk}, whoever its parent is: a front or a shim, so that what it restores
 * is theirs. For one thread.
 */
public interface CriuProcess extends AutoCloseable {
  /** Makes one. */
  @FunctionalInterface
  interface Starter {
    /**
     * Starts criu with files open for it.
     *
     * @param files absolute paths of files and directories
     * @throws IOException naming what could not be opened or run
     */
    CriuProcess start(List<String> files) throws IOException;
  }

  /** Its host pid. */
  int pid();

  /** The number that each of the files has, in its order. */
  List<Integer> numbers();

  /**
   * Says one message and waits for the next of criu's.
   *
   * @return the message; empty when criu ended instead
   */
  byte[] exchange(byte[] message) throws IOException;

  /** Ends it and waits for its end. What it restored and nobody adopted is left as it is. */
  @Override
  void close() throws IOException;
}
