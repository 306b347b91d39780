package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.LinkedBlockingQueue;

/**
 * What a client sent on one stream, from the event loop that must not wait to the thread that may.
 * Bounded through the connection's {@link Backlog}.
 */
final class Inbox {
  /** What a small item counts in the backlog, bytes. */
  private static final int ITEM = 64;

  private final Backlog backlog;
  private final LinkedBlockingQueue<Input> queue = new LinkedBlockingQueue<>();
  private boolean deaf;

  Inbox(Backlog backlog) {
    this.backlog = requireNonNull(backlog, "backlog is null");
  }

  /** Something that a client sent. */
  sealed interface Input {
    /** Bytes of stdin or of a port. */
    @SuppressWarnings("ArrayRecordComponent")
    record Bytes(byte[] bytes) implements Input {}

    /** The client will send no more. */
    record End() implements Input {}

    /** The client went; nothing follows. */
    record Gone() implements Input {}

    /** The client's terminal has this size now. */
    record Size(int rows, int cols) implements Input {}
  }

  /** Takes in an item; after {@link #discard} it is dropped. */
  synchronized void add(Input item) {
    if (!deaf) {
      backlog.add(cost(item));
      queue.add(item);
    }
  }

  /** The next item; waits for it. */
  Input take() throws InterruptedException {
    Input item = queue.take();
    backlog.remove(cost(item));
    return item;
  }

  /** Nobody will take anything any more: what comes is dropped, so that reading goes on. */
  synchronized void discard() {
    deaf = true;
    Input item = queue.poll();
    while (item != null) {
      backlog.remove(cost(item));
      item = queue.poll();
    }
  }

  private static int cost(Input item) {
    return item instanceof Input.Bytes(byte[] bytes) ? ITEM + bytes.length : ITEM;
  }
}
