package dev.carafe.agent.image.layer;

/**
 * What one layer may ask for; the defence against archives that unpack to more than they look.
 *
 * @param maxEntries entries in the archive
 * @param maxBytes bytes of the uncompressed archive
 * @param maxPathBytes bytes in an entry's path
 * @param maxDepth components in an entry's path
 * @param minFreeBytes bytes that must stay free on the image file system
 */
public record LayerLimits(
    long maxEntries, long maxBytes, int maxPathBytes, int maxDepth, long minFreeBytes) {
  /** Two million entries, 128 GiB, and 64 MiB left free. */
  public static final LayerLimits DEFAULT =
      new LayerLimits(2_000_000, 128L << 30, 3072, 256, 64L << 20);

  /** Checks that all are positive. */
  public LayerLimits {
    if (maxEntries <= 0 || maxBytes <= 0 || maxPathBytes <= 0 || maxDepth <= 0) {
      throw new IllegalArgumentException("layer limits must be positive");
    }
    if (minFreeBytes < 0) {
      throw new IllegalArgumentException(
          "minFreeBytes is " + minFreeBytes + ": expected 0 or more");
    }
  }
}
