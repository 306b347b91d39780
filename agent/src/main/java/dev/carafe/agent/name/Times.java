package dev.carafe.agent.name;

import java.time.Instant;
import java.time.InstantSource;

/** Times as the CRI has them: nanoseconds since the epoch. */
public final class Times {
  private Times() {}

  /** Now. */
  public static long nanos(InstantSource clock) {
    Instant now = clock.instant();
    return Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
  }
}
