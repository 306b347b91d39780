package dev.carafe.runtime.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes and times as people write them in options. */
final class Quantities {
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,15}(?:\\.\\d{1,9})?) ?([kmgtp]?)i?b?");
  private static final String SIZE_UNITS = "kmgtp";
  private static final Pattern TIME =
      Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ns|us|µs|ms|s|m|h)");

  private Quantities() {}

  /** Bytes: a number, with a binary unit (32M is 32 MiB) or without; -1 is no limit. */
  static long bytes(String text, String option) throws Failure {
    if (text.equals("-1")) {
      return -1;
    }
    Matcher matcher = SIZE.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new Failure(
          "invalid value for " + option + ": invalid size: '" + text + "': expected such as 64M");
    }
    int power = matcher.group(2).isEmpty() ? 0 : SIZE_UNITS.indexOf(matcher.group(2)) + 1;
    return (long) (Double.parseDouble(matcher.group(1)) * (1L << (10 * power)));
  }

  /** A duration in Go's form: 5s, 1m30s, 200ms. */
  static Duration time(String text) throws Failure {
    Matcher matcher = TIME.matcher(text);
    double nanos = 0;
    int end = 0;
    while (matcher.find() && matcher.start() == end) {
      nanos += Double.parseDouble(matcher.group(1)) * nanosOf(matcher.group(2));
      end = matcher.end();
    }
    if (end == 0 || end != text.length() || nanos < 1) {
      throw new Failure(
          "duration interval must be greater than 0: '" + text + "': expected such as 5s");
    }
    return Duration.ofNanos((long) nanos);
  }

  private static long nanosOf(String unit) {
    return switch (unit) {
      case "ns" -> 1L;
      case "us", "µs" -> 1_000L;
      case "ms" -> 1_000_000L;
      case "s" -> 1_000_000_000L;
      case "m" -> 60_000_000_000L;
      default -> 3_600_000_000_000L;
    };
  }
}
