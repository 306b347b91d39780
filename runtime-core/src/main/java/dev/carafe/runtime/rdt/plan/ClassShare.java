package dev.carafe.runtime.rdt.plan;

import dev.carafe.runtime.rdt.config.CacheShare;
import dev.carafe.runtime.rdt.config.CacheShare.Percent;
import dev.carafe.runtime.rdt.config.CacheShare.Range;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.Where;

/** What a class gets of the bits of its partition. */
final class ClassShare {
  private ClassShare() {}

  /**
   * The mask of a class.
   *
   * @param base the partition's bits
   * @param minBits fewest bits in a mask
   * @param where the share is said
   * @throws RdtConfigException when it doesn't fit
   */
  static long mask(CacheShare share, long base, int minBits, Where where) {
    if (!Bits.contiguous(base) || Long.bitCount(base) < minBits) {
      throw new RdtConfigException(
          where,
          "the partition's mask "
              + Long.toHexString(base)
              + " is not one run of at least "
              + Math.max(1, minBits)
              + " bits");
    }
    return switch (share) {
      case CacheShare.Bits(long mask) -> shifted(mask, base, where);
      case Percent(int percent) -> range(0, percent, base, minBits, where);
      case Range(int low, int high) -> range(low, high, base, minBits, where);
    };
  }

  private static long shifted(long mask, long base, Where where) {
    int lowest = Bits.lowest(base);
    boolean lost = Long.numberOfLeadingZeros(mask) < lowest;
    if (lost || !Bits.within(mask << lowest, base)) {
      throw new RdtConfigException(
          where,
          "bitmask 0x%x (0x%x << %d) does not fit basemask 0x%x, which is the partition's"
              .formatted(mask << lowest, mask, lowest, base));
    }
    return mask << lowest;
  }

  /** Percentages count from 1 to 100, each standing for the bit that it falls into. */
  private static long range(int from, int high, long base, int minBits, Where where) {
    int low = Math.max(1, from);
    if (low > high) {
      throw new RdtConfigException(
          where, "invalid percentage " + high + "%: a class needs at least 1%");
    }
    int bits = Long.bitCount(base);
    int lsb = (low - 1) * bits / 100;
    int msb = (high - 1) * bits / 100;
    int missing = Math.max(0, minBits - (msb - lsb + 1));
    int down = Math.min(missing, lsb);
    lsb -= down;
    msb += missing - down;
    return Bits.run(lsb + Bits.lowest(base), msb - lsb + 1);
  }
}
