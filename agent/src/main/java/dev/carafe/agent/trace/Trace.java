package dev.carafe.agent.trace;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.function.Consumer;

/** The trace that the running code is part of, if it is part of one. */
public final class Trace {
  private static final ScopedValue<Active> CURRENT = ScopedValue.newInstance();
  private static final long NANOS = 1_000_000_000L;

  private Trace() {}

  /**
   * A span that is under way.
   *
   * @param place its own
   * @param sink takes spans that are over; must not wait
   */
  public record Active(TraceContext place, Consumer<Span> sink) {
    /** Checks that nothing is missing. */
    public Active {
      requireNonNull(place, "place is null");
      requireNonNull(sink, "sink is null");
    }
  }

  /** Runs {@code body} as part of a span. */
  public static void within(Active span, Runnable body) {
    ScopedValue.where(CURRENT, span).run(body);
  }

  /**
   * Runs a step. It is a span of its own when the running code is part of a trace, and nothing else
   * when not.
   *
   * @param name a few words, the same for each such step
   */
  public static <T, X extends Throwable> T step(
      String name, ScopedValue.CallableOp<? extends T, X> body) throws X {
    if (!CURRENT.isBound()) {
      return body.call();
    }
    Active parent = CURRENT.get();
    TraceContext place = parent.place().child();
    long begun = now();
    String error = "";
    try {
      return ScopedValue.where(CURRENT, new Active(place, parent.sink())).call(body);
    } catch (Throwable failure) {
      error = String.valueOf(failure.getMessage());
      throw failure;
    } finally {
      parent
          .sink()
          .accept(new Span(place, parent.place().spanId(), name, false, begun, now(), error));
    }
  }

  /** Nanoseconds since the epoch. */
  public static long now() {
    Instant now = Instant.now();
    return now.getEpochSecond() * NANOS + now.getNano();
  }
}
