package dev.carafe.agent.container;

import dev.carafe.agent.failure.Failure;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Bounds what all the commands that run now may hold of their output in memory. A small share is
 * everyone's own; who needs more waits for its turn, so that one at a time grows large. The process
 * waits meanwhile, for its output is not read. Thread-safe.
 */
public final class OutputBudget {
  /** What every command may hold without asking, in bytes. */
  static final int OWN_SHARE = 256 << 10;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Semaphore large = new Semaphore(1, true);

  /** The share of one command; closed when its output has been sent. */
  public final class Share implements AutoCloseable {
    private boolean isLarge;
    private long held;

    /**
     * Takes note of more bytes.
     *
     * @throws Failure of kind EXHAUSTED when other commands' output fills the memory for too long
     */
    void grow(int bytes) throws InterruptedException {
      held += bytes;
      if (held > OWN_SHARE && !isLarge) {
        if (!large.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          throw Failure.exhausted(
              "the command's output is larger than %d KiB, and other commands' large outputs filled the memory for %d s; run fewer at once"
                  .formatted(OWN_SHARE >> 10, PATIENCE.toSeconds()),
              null);
        }
        isLarge = true;
      }
    }

    @Override
    public void close() {
      if (isLarge) {
        isLarge = false;
        large.release();
      }
    }
  }

  /** A new command's share. */
  public Share open() {
    return new Share();
  }
}
