package dev.carafe.agent.stream;

import java.io.IOException;

/** The client's end of a process's stream; calls wait while the client does not read. */
interface ProcessClient {
  void stdout(byte[] bytes) throws IOException, InterruptedException;

  void stderr(byte[] bytes) throws IOException, InterruptedException;

  /** Ends both outputs, says how it ended, and lets the client close. */
  void finish(ExitStatus status) throws IOException, InterruptedException;
}
