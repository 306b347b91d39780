package dev.carafe.e2e.stream;

import java.io.IOException;

/** Bytes in both directions. One thread reads, others may write. */
interface Pipe extends AutoCloseable {
  /** Some bytes, at least one; an empty array at the end. */
  byte[] read() throws IOException;

  /** Sends all of them; waits while the server does not read. */
  void write(byte[] bytes) throws IOException;

  @Override
  void close() throws IOException;
}
