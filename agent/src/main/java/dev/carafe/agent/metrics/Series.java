package dev.carafe.agent.metrics;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A family of numbers at one moment.
 *
 * @param name {@code carafe_NOUN_UNIT}, in base units (bytes, seconds); a counter's ends in {@code
 *     _total}
 * @param help a sentence
 * @param labels names of the labels
 * @param samples at most one for each tuple of label values
 */
public record Series(
    Kind kind, String name, String help, List<String> labels, List<Sample> samples) {
  private static final String COUNTER_SUFFIX = "_total";

  /**
   * Checks names and label counts.
   *
   * @throws IllegalArgumentException naming the series
   */
  public Series {
    requireNonNull(kind, "kind is null");
    requireNonNull(help, "help is null");
    if (name.endsWith(COUNTER_SUFFIX) != (kind == Kind.COUNTER)) {
      throw new IllegalArgumentException(
          name + " is a " + kind + ": expected _total at the end of counters, and of them alone");
    }
    labels = List.copyOf(labels);
    samples = List.copyOf(samples);
    for (Sample sample : samples) {
      if (sample.labels().size() != labels.size()) {
        throw new IllegalArgumentException(
            name + " has labels " + labels + ", and a sample with the values " + sample.labels());
      }
    }
  }

  /** What may happen to the numbers. */
  public enum Kind {
    /** Goes up and down. */
    GAUGE,
    /** Only grows, but for a restart of what counts. */
    COUNTER
  }

  /**
   * One number.
   *
   * @param labels values, in the order of the names
   */
  public record Sample(double value, List<String> labels) {
    public Sample {
      labels = List.copyOf(labels);
    }

    /** A number under these label values. */
    public static Sample of(double value, String... labels) {
      return new Sample(value, List.of(labels));
    }
  }

  /** A gauge without labels. */
  public static Series gauge(String name, String help, double value) {
    return new Series(Kind.GAUGE, name, help, List.of(), List.of(Sample.of(value)));
  }

  /** A counter without labels. */
  public static Series counter(String name, String help, double value) {
    return new Series(Kind.COUNTER, name, help, List.of(), List.of(Sample.of(value)));
  }
}
