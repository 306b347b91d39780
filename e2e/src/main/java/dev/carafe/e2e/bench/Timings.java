package dev.carafe.e2e.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** How long each operation took, in milliseconds. Thread-safe. */
final class Timings {
  private static final double NANOS_PER_MILLI = 1e6;

  private final Map<Operation, List<Double>> samples = new EnumMap<>(Operation.class);

  /** Makes the call and notes its time. */
  <T> T time(Operation operation, Supplier<T> call) {
    long begin = System.nanoTime();
    T result = call.get();
    add(operation, (System.nanoTime() - begin) / NANOS_PER_MILLI);
    return result;
  }

  synchronized void add(Operation operation, double millis) {
    samples.computeIfAbsent(operation, key -> new ArrayList<>()).add(millis);
  }

  /**
   * The median of an operation's samples.
   *
   * @throws IllegalStateException when it was never timed
   */
  synchronized double median(Operation operation) {
    List<Double> all = samples.get(operation);
    if (all == null) {
      throw new IllegalStateException(operation + " was never timed");
    }
    return median(all);
  }

  /** The median; of an even count the mean of the middle two. */
  static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1
        ? sorted[middle]
        : Arrays.stream(sorted, middle - 1, middle + 1).average().orElseThrow();
  }
}
