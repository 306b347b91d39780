package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.shim.RemoteProcess;
import dev.carafe.runtime.shim.StreamFrame;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Moves bytes between a process and its client, on two virtual threads of its own: each direction
 * waits for its own reader only.
 */
final class ProcessSession {
  private static final Logger LOG = LogManager.getLogger(ProcessSession.class);

  /** How long input that came before a hang-up may take to reach an attached container, seconds. */
  private static final int LAST_INPUT = 1;

  private final StreamRequest.Stdio request;
  private final ProcessClient client;
  private final Inbox inbox;
  private final CountDownLatch fed = new CountDownLatch(1);

  private ProcessSession(StreamRequest.Stdio request, ProcessClient client, Inbox inbox) {
    this.request = requireNonNull(request, "request is null");
    this.client = requireNonNull(client, "client is null");
    this.inbox = requireNonNull(inbox, "inbox is null");
  }

  /** Starts the session; it ends with the process, or with the connection. */
  static void start(
      StreamRequest.Stdio request, ProcessClient client, Inbox inbox, Connection connection) {
    ProcessSession session = new ProcessSession(request, client, inbox);
    Thread thread = Thread.ofVirtual().name("stream-out-", 0).unstarted(session::run);
    if (session.outlived()) {
      connection.onClose(() -> Thread.ofVirtual().start(() -> session.hangUp(thread)));
    } else {
      connection.interruptOnClose(thread);
    }
    thread.start();
  }

  /**
   * An attached client that goes has ended its stdin, which with {@code stdin_once} is the
   * container's. The shim must be told: it takes the end of the connection alone for an agent's
   * restart, which no container may notice.
   */
  private void hangUp(Thread thread) {
    inbox.add(new Inbox.Input.End());
    inbox.add(new Inbox.Input.Gone());
    try {
      boolean told = fed.await(LAST_INPUT, TimeUnit.SECONDS);
      LOG.debug("an attached client went; its last input was {}", told ? "delivered" : "dropped");
    } catch (InterruptedException impossible) {
      Thread.currentThread().interrupt();
    }
    thread.interrupt();
  }

  private void run() {
    try {
      ExitStatus status = carry();
      inbox.discard();
      client.finish(status);
    } catch (IOException | InterruptedException gone) {
      inbox.discard();
      LOG.debug("the client of an {} went: {}", request.path(), gone.toString());
    }
  }

  /** Until the process ends; fails only when the client goes. */
  private ExitStatus carry() throws IOException, InterruptedException {
    RemoteProcess process;
    try {
      process = request.opener().open();
    } catch (ClosedByInterruptException gone) {
      throw gone;
    } catch (IOException | Failure refused) {
      fed.countDown();
      return new ExitStatus.Broken(String.valueOf(refused.getMessage()));
    }
    Thread input = Thread.ofVirtual().name("stream-in-", 0).start(() -> feed(process));
    try {
      return output(process);
    } catch (IOException | InterruptedException gone) {
      awaitLastInput();
      throw gone;
    } finally {
      input.interrupt();
      process.close();
    }
  }

  /** Output may find out before {@link #hangUp} does that the client of an attach went. */
  private void awaitLastInput() {
    if (!outlived()) {
      return;
    }
    try {
      if (!fed.await(LAST_INPUT, TimeUnit.SECONDS)) {
        LOG.debug("the last input of an attached client was dropped");
      }
    } catch (InterruptedException fedAlready) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the process goes on without the client, and is to know that its input ended. */
  private boolean outlived() {
    return request.kind() == StreamRequest.Kind.ATTACH && request.stdin();
  }

  private ExitStatus output(RemoteProcess process) throws IOException, InterruptedException {
    while (true) {
      StreamFrame frame;
      try {
        frame = process.read();
      } catch (ClosedByInterruptException gone) {
        throw gone;
      } catch (IOException lost) {
        return new ExitStatus.Broken("the process's stream is lost: " + lost.getMessage());
      }
      switch (frame) {
        case StreamFrame.Stdout(byte[] bytes) -> {
          if (request.stdout()) {
            client.stdout(bytes);
          }
        }
        case StreamFrame.Stderr(byte[] bytes) -> {
          if (request.stderr()) {
            client.stderr(bytes);
          }
        }
        case StreamFrame.Exit exit -> {
          return new ExitStatus.Exited(exit.process().exitCode());
        }
        case StreamFrame.Note(String text) -> {
          return new ExitStatus.Broken(text);
        }
        case null -> {
          return request.kind() == StreamRequest.Kind.ATTACH
              ? new ExitStatus.Exited(0)
              : new ExitStatus.Broken("the process's stream ended before the process");
        }
      }
    }
  }

  private void feed(RemoteProcess process) {
    try {
      while (true) {
        switch (inbox.take()) {
          case Inbox.Input.Bytes(byte[] bytes) -> {
            if (request.stdin()) {
              process.writeStdin(bytes, 0, bytes.length);
            }
          }
          case Inbox.Input.End end -> {
            if (request.stdin()) {
              process.closeStdin();
            }
          }
          case Inbox.Input.Size(int rows, int cols) -> {
            if (request.tty()) {
              process.resize(rows, cols);
            }
          }
          case Inbox.Input.Gone gone -> {
            return;
          }
        }
      }
    } catch (IOException | InterruptedException ended) {
      inbox.discard();
    } finally {
      fed.countDown();
    }
  }
}
