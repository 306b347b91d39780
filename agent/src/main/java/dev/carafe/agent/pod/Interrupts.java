package dev.carafe.agent.pod;

import dev.carafe.agent.failure.Failure;
import java.io.IOException;

/**
 * Blocking calls on threads that nobody interrupts but a stopping agent: then the request ends as
 * UNAVAILABLE, and what it began is found again by recovery.
 */
public final class Interrupts {
  private Interrupts() {}

  /** A call that can be interrupted. */
  @FunctionalInterface
  public interface Blocking<T> {
    /** Makes the call. */
    T run() throws IOException, InterruptedException;
  }

  /** A call that can be interrupted and gives nothing. */
  @FunctionalInterface
  public interface BlockingStep {
    /** Makes the call. */
    void run() throws IOException, InterruptedException;
  }

  /** Makes the call; an interruption becomes a failure of kind UNAVAILABLE. */
  public static <T> T call(Blocking<T> call) throws IOException {
    try {
      return call.run();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw Failure.unavailable("the agent is stopping; try again", interrupted);
    }
  }

  /** As {@link #call}. */
  public static void step(BlockingStep step) throws IOException {
    call(() -> {
      step.run();
      return Boolean.TRUE;
    });
  }
}
