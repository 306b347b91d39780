package dev.carafe.runtime.rdt.plan;

/** Arithmetic of capacity masks: bit 0 is the lowest way. */
final class Bits {
  private Bits() {}

  /** A run of ones. */
  static long run(int lowest, int count) {
    if (count == 0) {
      return 0;
    }
    return (-1L >>> (Long.SIZE - count)) << lowest;
  }

  static int lowest(long mask) {
    return Long.numberOfTrailingZeros(mask);
  }

  static int highest(long mask) {
    return Long.SIZE - 1 - Long.numberOfLeadingZeros(mask);
  }

  /** How many ones there are from bit 0 on. */
  static int width(long mask) {
    return Long.numberOfTrailingZeros(~mask);
  }

  /** Whether the ones are one run; no ones are none. */
  static boolean contiguous(long mask) {
    return mask != 0 && Long.bitCount(mask) == highest(mask) - lowest(mask) + 1;
  }

  static boolean within(long mask, long whole) {
    return (mask & ~whole) == 0;
  }
}
