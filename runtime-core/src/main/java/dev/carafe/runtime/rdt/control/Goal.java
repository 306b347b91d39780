package dev.carafe.runtime.rdt.control;

/**
 * What the loop is to reach, and how far it may go.
 *
 * @param target bytes per second that the protected class is to have, if it wants them; above 0
 * @param lowest MB value, percent, below which nobody is throttled
 * @param highest MB value, percent, of classes that are not throttled
 * @param step of MB values, percent: info/MB/bandwidth_gran
 */
public record Goal(double target, int lowest, int highest, int step) {
  public Goal {
    if (!(target > 0) || step < 1 || lowest < 1 || lowest > highest) {
      throw new IllegalArgumentException(
          "a goal of %s bytes per second within MB %d to %d in steps of %d"
              .formatted(target, lowest, highest, step));
    }
  }

  /** The nearest allowed value that is not above this one. */
  int floor(double level) {
    int below = (int) Math.floor(level / step) * step;
    return Math.clamp(below, lowest, highest);
  }
}
