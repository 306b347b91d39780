package dev.carafe.agent.trace;

import static java.util.Objects.requireNonNull;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A span's place in a trace.
 *
 * @param traceId 32 lower-case hex digits
 * @param spanId 16 lower-case hex digits
 */
public record TraceContext(String traceId, String spanId) {
  /** W3C Trace Context, section 3.2: version, trace, parent, flags. */
  private static final Pattern TRACEPARENT =
      Pattern.compile("(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?");

  private static final int SAMPLED = 1;

  /** Checks that nothing is missing. */
  public TraceContext {
    requireNonNull(traceId, "traceId is null");
    requireNonNull(spanId, "spanId is null");
  }

  /**
   * The caller's span.
   *
   * @param traceparent the header's value; null when there is none
   * @return null when the caller wants no spans, or says nothing that can be understood
   */
  public static @Nullable TraceContext parse(@Nullable String traceparent) {
    if (traceparent == null) {
      return null;
    }
    Matcher matcher = TRACEPARENT.matcher(traceparent);
    if (!matcher.matches()
        || (HexFormat.fromHexDigits(matcher.group(3)) & SAMPLED) == 0
        || matcher.group(1).matches("0+")
        || matcher.group(2).matches("0+")) {
      return null;
    }
    return new TraceContext(matcher.group(1), matcher.group(2));
  }

  /** A new span of the same trace. */
  public TraceContext child() {
    long id = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    return new TraceContext(traceId, HexFormat.of().toHexDigits(id));
  }
}
