package dev.carafe.agent.stream;

import java.io.IOException;

/** The client's end of a process's stream; calls wait while the client does not read. */
interface ProcessClient {
  /** Output; no bytes at all say that the process closed it. */
  void stdout(byte[] bytes) throws IOException, InterruptedException;

  /** As {@link #stdout}. */
  void stderr(byte[] bytes) throws IOException, InterruptedException;

  /** Ends both outputs, says how it ended, and lets the client close. */
  void finish(ExitStatus status) throws IOException, InterruptedException;
}
