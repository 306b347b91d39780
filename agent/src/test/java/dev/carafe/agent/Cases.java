package dev.carafe.agent;

import java.util.Random;

/**
 * A property's cases, at random. A failure names its case's seed, and {@code -Dcarafe.seed=N} runs
 * that case alone.
 */
public final class Cases {
  /** What must hold of a case. */
  public interface Property {
    /** Makes a case of these random numbers, and checks it. */
    void check(Random random) throws Exception;
  }

  private Cases() {}

  /** Checks so many cases. */
  public static void check(int count, Property property) {
    Long only = Long.getLong("carafe.seed");
    Random seeds = new Random();
    for (int i = 0; i < (only == null ? count : 1); i++) {
      long seed = only == null ? seeds.nextLong() : only;
      try {
        property.check(new Random(seed));
      } catch (Exception | AssertionError e) {
        throw new AssertionError("case " + i + " failed; -Dcarafe.seed=" + seed + " repeats it", e);
      }
    }
  }

  /** A text of any characters, surrogates and controls included; often short, at most max long. */
  public static String text(Random random, int max) {
    int length =
        random.nextBoolean() ? random.nextInt(Math.min(max, 8) + 1) : random.nextInt(max + 1);
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      text.append(
          switch (random.nextInt(4)) {
            case 0 -> (char) random.nextInt(' ');
            case 1 -> (char) random.nextInt(Character.MAX_VALUE + 1);
            default -> (char) (' ' + random.nextInt('\u007f' - ' '));
          });
    }
    return text.toString();
  }
}
