package dev.carafe.runtime.rdt.control;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/**
 * A memory domain that the law knows nothing of: a protected class and others share what there is
 * in proportion to what they want, the others capped by a curve of the MB value; a value takes a
 * delay to come into force, and what is measured is noisy.
 */
final class Plant {
  private final Deque<Integer> pending = new ArrayDeque<>();
  private final Random random;
  private final double noise;
  private final double capacity;
  private final double curve;
  private double shieldedWants;
  private double othersWant;
  private double shielded;
  private double others;

  /**
   * A plant.
   *
   * @param delay intervals
   * @param noise of a sample, as a part of it: even within plus and minus
   * @param curve exponent of the cap over the value; 1 for a straight line
   */
  Plant(long seed, int delay, double noise, double capacity, double curve) {
    this.random = new Random(seed);
    this.noise = noise;
    this.capacity = capacity;
    this.curve = curve;
    for (int i = 0; i < delay; i++) {
      pending.add(100);
    }
  }

  void wants(double shieldedClass, double otherClasses) {
    shieldedWants = shieldedClass;
    othersWant = otherClasses;
  }

  /** One interval at this MB value; what it looks like from outside. */
  Sample run(int level) {
    pending.addLast(level);
    double cap = capacity * Math.pow(pending.removeFirst() / 100.0, curve);
    double capped = Math.min(othersWant, cap);
    double share = Math.min(1, capacity / (shieldedWants + capped));
    shielded = shieldedWants * share;
    others = capped * share;
    return new Sample(shielded * disturbance(), others * disturbance());
  }

  private double disturbance() {
    return 1 + noise * (2 * random.nextDouble() - 1);
  }

  /** The protected class' true rate in the last interval. */
  double shielded() {
    return shielded;
  }

  double others() {
    return others;
  }
}
