package dev.carafe.runtime.rdt.control;

import java.util.ArrayList;
import java.util.List;

/**
 * The last samples since the last action, and how noisy samples are. Immutable.
 *
 * @param samples the oldest first
 * @param noise standard deviation of the protected rate as a part of it: of differences between
 *     neighbours, so that a step counts once
 */
record Window(List<Sample> samples, double noise) {
  /** Enough to tell 5 % from noise of 10 %. */
  static final int LONGEST = 16;

  /** Enough to see a jump. */
  static final int FEW = 3;

  /** Standard errors between two loads. */
  private static final double JUMP = 3.0;

  private static final double FORGETTING = 0.1;

  /** Of the mean absolute difference of two normal numbers to their standard deviation. */
  private static final double DIFFERENCE = 1.128;

  Window {
    samples = List.copyOf(samples);
  }

  Window with(Sample sample) {
    List<Sample> longer = new ArrayList<>(samples);
    double seen = noise;
    if (!samples.isEmpty()) {
      double last = samples.getLast().shielded();
      double difference =
          Math.abs(sample.shielded() - last) / Math.max(1, (sample.shielded() + last) / 2);
      // A step is no noise.
      double counted = Math.min(difference / DIFFERENCE, 2 * noise);
      seen += FORGETTING * (counted - seen);
    }
    longer.add(sample);
    Window next =
        new Window(longer.subList(Math.max(0, longer.size() - LONGEST), longer.size()), seen);
    return next.hasJumped()
        ? new Window(longer.subList(longer.size() - FEW, longer.size()), seen)
        : next;
  }

  /** Whether the last few samples are of another load than those before. */
  private boolean hasJumped() {
    int before = size() - FEW;
    if (before < FEW) {
      return false;
    }
    double earlier =
        samples.subList(0, before).stream().mapToDouble(Sample::shielded).average().orElseThrow();
    double error = noise * earlier * Math.sqrt(1.0 / FEW + 1.0 / before);
    return Math.abs(mean(FEW).shielded() - earlier) > JUMP * error;
  }

  Window cleared() {
    return new Window(List.of(), noise);
  }

  int size() {
    return samples.size();
  }

  /** Of the last {@code count} samples. */
  Mean mean(int count) {
    List<Sample> last = samples.subList(samples.size() - count, samples.size());
    double shielded = last.stream().mapToDouble(Sample::shielded).average().orElseThrow();
    double others = last.stream().mapToDouble(Sample::others).average().orElseThrow();
    return new Mean(shielded, others, noise * shielded / Math.sqrt(count));
  }

  /**
   * An average.
   *
   * @param error standard error of the protected rate
   */
  record Mean(double shielded, double others, double error) {}
}
