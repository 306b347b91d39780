package dev.carafe.runtime.rdt.control;

/**
 * What one memory domain moved in one interval, bytes per second.
 *
 * @param shielded of the protected class, at least 0
 * @param others of all classes that may be throttled, at least 0
 */
public record Sample(double shielded, double others) {
  public Sample {
    if (!(shielded >= 0) || !(others >= 0)) {
      throw new IllegalArgumentException("rates are " + shielded + " and " + others);
    }
  }
}
